// SPDX-License-Identifier: Apache-2.0

import LVSModel

extension HealthMonitor {
    private enum Answer: Sendable {
        case vip(CheckOutcome)
        case rip(CheckOutcome)
        case halfTime
    }

    /// Asks the VIP, and for the cause's sake the real server's own address: when nobody is at the VIP,
    /// or half of the time is over without an answer. Both have one deadline. An answer, however bad,
    /// is one of a host that has the VIP.
    func askTwofold(_ checked: CheckedRealServer, mark: UInt32) async -> CheckOutcome {
        let end = elapsed() + checked.timeout
        let sleep = sleep
        return await withTaskGroup(of: Answer.self) { group in
            defer { group.cancelAll() }
            group.addTask { .vip(await self.ask(checked, mark: mark)) }
            group.addTask {
                // Cancelled when it does not matter any more.
                try? await sleep(end - checked.timeout / 2)
                return .halfTime
            }
            var (isRIPAsked, passes) = (false, nil as Bool?)
            var cause: String?
            while let answer = await group.next(), !Task.isCancelled {
                switch answer {
                case .vip(.unanswered(let text)): cause = text
                case .vip(let outcome): return outcome
                case .rip(.passed): passes = true
                case .rip: passes = false
                case .halfTime: break
                }
                let rest = end - elapsed()
                if !isRIPAsked, rest > .zero {
                    group.addTask { .rip(await self.ask(checked, mark: nil, within: rest)) }
                } else if !isRIPAsked {
                    passes = false
                }
                isRIPAsked = true
                guard let cause, let passes else { continue }
                guard passes else { return .unanswered(cause) }
                let words = "the same check to \(checked.realServer) passes (\(cause))"
                return .failed("VIP not on this host: \(words)")
            }
            return .unanswered(cause ?? "cancelled")
        }
    }

    /// - Parameter timeout: nil for the check's own.
    func ask(
        _ checked: CheckedRealServer, mark: UInt32?, within timeout: Duration? = nil
    ) async -> CheckOutcome {
        await ask(
            checked.check.kind,
            ProbeQuestion(
                service: checked.service, realServer: checked.realServer,
                port: checked.check.port ?? checked.service.ports.first, mark: mark,
                timeout: timeout ?? checked.timeout))
    }
}

extension CheckedRealServer {
    fileprivate var timeout: Duration { .milliseconds(check.timeout) }
}
