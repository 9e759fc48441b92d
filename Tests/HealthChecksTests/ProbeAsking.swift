// SPDX-License-Identifier: Apache-2.0

import LVSModel

@testable import HealthChecks

extension Probes {
    /// Asks a port of an address, over loopback unless told otherwise.
    func ask(
        _ kind: CheckKind, at address: IPAddress = IPAddress(ipv4: 0x7F00_0001), port: UInt16 = 0,
        mark: UInt32? = nil, timeout: Duration = .seconds(20)
    ) async -> CheckOutcome {
        await run(
            kind,
            ProbeQuestion(
                service: ServiceAddress(
                    address: IPAddress(ipv4: 0x0A00_0064), port: 80, transport: .tcp),
                realServer: address, port: port, mark: mark, timeout: timeout))
    }

    func ask(
        _ kind: CheckKind, of listener: HTTPListener, timeout: Duration = .seconds(20)
    ) async -> CheckOutcome {
        await ask(kind, at: listener.address, port: listener.port, timeout: timeout)
    }

    func ask(
        _ kind: CheckKind, of listener: DatagramListener, timeout: Duration = .seconds(20)
    ) async -> CheckOutcome {
        await ask(kind, at: listener.address, port: listener.port, timeout: timeout)
    }
}

extension CheckOutcome {
    /// nil when it passed.
    var cause: String? {
        switch self {
        case .passed: nil
        case .failed(let cause), .unanswered(let cause): cause
        }
    }
}
