// SPDX-License-Identifier: Apache-2.0

import LVSModel

@testable import HealthChecks

extension HTTPTransfers {
    /// Carries a check out against a listener, and judges it.
    func ask(
        _ check: HTTPCheck = HTTPCheck(), of listener: HTTPListener, timeout: UInt32 = 10_000,
        mark: UInt32 = 0
    ) async -> CheckOutcome {
        await ask(
            check, vip: listener.address, address: listener.address, port: listener.port,
            timeout: timeout, mark: mark)
    }

    func ask(
        _ check: HTTPCheck, vip: IPAddress, address: IPAddress, port: UInt16,
        timeout: UInt32 = 10_000, mark: UInt32 = 0
    ) async -> CheckOutcome {
        let request = HTTPRequest(
            check, vip: vip, address: address, port: port, timeout: timeout, mark: mark)
        return HTTPJudgement(check: check, request: request).outcome(of: await run(request))
    }
}

extension CheckOutcome {
    static let passed = CheckOutcome.passed(weight: nil)
}
