// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import ControlServer
import DataPlane
import LVSModel

/// The director as the control socket asks it.
struct ControlAdapter: ControlSource {
    let director: Director
    let plane: LiveDataPlane
    let store: ConfigurationStore
    /// The VIPs' interface.
    let interface: String
    let threshold: LogThreshold

    func status() async -> DirectorStatus {
        await director.status(withRates: true)
    }

    func services() async -> [ServiceStatus] {
        await director.services(withRates: true)
    }

    func flows(
        from cursor: UInt64, matching filter: FlowFilter, atMost count: Int
    ) async -> FlowPage {
        await plane.flows(from: cursor, matching: filter, atMost: count)
    }

    func events(since id: UInt64) async -> [EventRecord] {
        director.events.since(id)
    }

    func followEvents(after id: UInt64) async -> AsyncStream<EventRecord> {
        director.events.follow(after: id)
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
