// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import ControlServer
import DataPlane
import LVSModel

/// The director as the control socket asks it.
struct ControlAdapter: ControlSource {
    let director: Director
    let plane: LiveDataPlane
    /// The VIPs' interface.
    let interface: String

    func status() async -> DirectorStatus {
        await director.status()
    }

    func services() async -> [ServiceStatus] {
        await director.services()
    }

    /// What the data plane does, and why a real server is down, which the director knows.
    func explain(_ flow: FlowAddress) async throws(ExplanationFailure) -> Explanation {
        var explanation: Explanation
        do {
            explanation = try await plane.explain(flow)
        } catch {
            throw ExplanationFailure("\(error)")
        }
        let service = await director.services().first { $0.address == explanation.service }
        for real in service?.realServers ?? [] where real.health != .up {
            guard
                let index = explanation.realServers.firstIndex(where: {
                    $0.address == real.address
                })
            else { continue }
            explanation.realServers[index].refusal =
                "\(real.health.rawValue): \(real.reason ?? "no reason is known")"
        }
        return explanation
    }

    func capture(
        _ request: CaptureRequest
    ) async throws(CaptureRefusal) -> any CaptureSession {
        let id = try await plane.startCapture(request)
        return CaptureAdapter(plane: plane, id: id, interface: interface)
    }
}

/// A capture of the data plane as the control socket asks it.
private struct CaptureAdapter: CaptureSession {
    let plane: LiveDataPlane
    let id: UInt64
    let interface: String

    func take(atMost count: Int) async -> CaptureReading {
        await plane.takeCaptured(atMost: count, of: id)
    }

    func end() async {
        await plane.endCapture(id)
    }
}
