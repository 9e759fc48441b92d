// SPDX-License-Identifier: Apache-2.0

import LVSModel

@testable import HealthChecks

extension ProbeQuestion {
    /// Of a web server.
    init(
        vip: IPAddress, realServer: IPAddress, port: UInt16, timeout: Duration, mark: UInt32? = nil
    ) {
        self.init(
            service: ServiceAddress(address: vip, port: port, transport: .tcp),
            realServer: realServer, port: port, mark: mark, timeout: timeout)
    }
}

extension HTTPProbe {
    /// Asks a listener, or at another port of its address.
    func ask(
        _ check: HTTPCheck = HTTPCheck(), at address: IPAddress, port: UInt16,
        timeout: Duration = .seconds(20), mark: UInt32? = nil
    ) async -> CheckOutcome {
        await run(
            check,
            ProbeQuestion(
                vip: address, realServer: address, port: port, timeout: timeout, mark: mark))
    }

    func ask(
        _ check: HTTPCheck = HTTPCheck(), of listener: HTTPListener,
        timeout: Duration = .seconds(20), mark: UInt32? = nil
    ) async -> CheckOutcome {
        await ask(
            check, at: listener.address, port: listener.port, timeout: timeout, mark: mark)
    }
}

extension CheckOutcome {
    static let passed = CheckOutcome.passed(weight: nil)
}
