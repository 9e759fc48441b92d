// SPDX-License-Identifier: Apache-2.0

import LVSModel

extension VirtualService {
    /// What of it is wrong by itself.
    var findings: [SettingsFinding] {
        var findings: [SettingsFinding] = []
        for reason in reasons {
            findings.append(SettingsFinding(reason: reason, services: [address]))
        }
        for real in realServers {
            let reasons = reasons(against: real.address, as: "real server") + real.reasons
            for reason in reasons {
                findings.append(
                    SettingsFinding(
                        reason: reason, services: [address], realServer: real.address))
            }
        }
        if Set(realServers.map(\.address)).count < realServers.count {
            findings.append(
                SettingsFinding(
                    reason: "a real server stands twice in \(address)", services: [address]))
        }
        return findings
    }

    private var reasons: [String] {
        var reasons: [String] = []
        if let kind = address.address.unusableKind {
            reasons.append("VIP \(address.address) is \(kind)")
        }
        for flag in schedulerFlags.subtracting(scheduler.flags) {
            reasons.append("scheduler \(scheduler.rawValue) has no flag \(flag.rawValue)")
        }
        if onePacket, address.transport == .tcp {
            reasons.append("one-packet with protocol tcp: a TCP connection has more than one")
        }
        if let persistence { reasons += self.reasons(against: persistence) }
        if slowStart > 86_400 { reasons.append("slow-start \(slowStart) is not in 0...86400") }
        if let check { reasons += check.reasons }
        if let sorryServer {
            reasons += self.reasons(against: sorryServer, as: "sorry server")
            if realServers.contains(where: { $0.address == sorryServer }) {
                reasons.append("sorry server \(sorryServer) is a real server of \(address)")
            }
        }
        return reasons
    }

    private func reasons(against persistence: Persistence) -> [String] {
        var reasons: [String] = []
        let longest = UInt8(address.address.family.bitCount)
        if !(1...longest).contains(persistence.prefixLength) {
            reasons.append(
                "persistence-mask \(persistence.prefixLength) is not a prefix length of "
                    + "1...\(longest), as an \(address.address.family.rawValue) address has")
        }
        if !(1...2_678_400).contains(persistence.timeout) {
            reasons.append("persistence \(persistence.timeout) is not in 1...2678400 seconds")
        }
        return reasons
    }

    private func reasons(against rip: IPAddress, as name: String) -> [String] {
        if let kind = rip.unusableKind { return ["\(name) \(rip) is \(kind)"] }
        let vip = address.address
        guard vip.family != rip.family else { return [] }
        return [
            "\(name) \(rip) is \(rip.family.rawValue), VIP \(vip) \(vip.family.rawValue): "
                + "a mixed pair"
        ]
    }
}

extension RealServer {
    fileprivate var reasons: [String] {
        var reasons: [String] = []
        if lowerThreshold > 0, upperThreshold == 0 {
            reasons.append("lower-threshold \(lowerThreshold) without an upper-threshold")
        } else if lowerThreshold > 0, lowerThreshold >= upperThreshold {
            reasons.append(
                "lower-threshold \(lowerThreshold) is not less than upper-threshold "
                    + "\(upperThreshold)")
        }
        if drainEnd != nil, administrativeState != .draining {
            reasons.append("real server \(address) has an end of draining and is not draining")
        }
        if case .own(let check) = check { reasons += check.reasons }
        return reasons
    }
}

extension HealthCheck {
    fileprivate var reasons: [String] {
        var reasons: [String] = []
        func check<Number: BinaryInteger>(
            _ name: String, _ value: Number, _ range: ClosedRange<Number>
        ) {
            guard !range.contains(value) else { return }
            reasons.append(
                "the check's \(name) \(value) is not in \(range.lowerBound)...\(range.upperBound)")
        }
        check("port", port ?? 1, 1...UInt16.max)
        check("interval", interval, 100...86_400_000)
        check("timeout", timeout, 1...3_600_000)
        check("rise", rise, 1...1000)
        check("fall", fall, 1...1000)
        return reasons
    }
}
