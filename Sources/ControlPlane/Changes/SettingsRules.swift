// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What holds in settings, however they came about; the configuration file's rules in its words.
///
/// What the types say already, such as that a weight is a UInt16, is not looked at.
enum SettingsRules {
    /// Nobody reads more at once.
    static let limit = 100

    /// What is wrong, `limit` at most.
    ///
    /// - Parameters:
    ///   - touched: the services that may have become wrong in themselves.
    ///   - mayClash: whether what holds between services may do so no more.
    static func findings(
        in settings: DirectorSettings, of touched: [VirtualService], mayClash: Bool = true
    ) -> [SettingsFinding] {
        var findings = settings.findings
        for service in touched where findings.count < limit { findings += service.findings }
        if mayClash, findings.count < limit {
            findings += ServicesTogether(settings.services).findings
        }
        return Array(findings.prefix(limit))
    }
}

extension DirectorSettings {
    /// Of what is beside the services.
    fileprivate var findings: [SettingsFinding] {
        var findings: [SettingsFinding] = []
        func check<Number: BinaryInteger>(
            _ name: String, _ value: Number, _ range: ClosedRange<Number>
        ) {
            if !range.contains(value) { findings.append(.outside(range, name, value)) }
        }
        check("timeout tcp", timeouts.tcp, 1...604_800)
        check("timeout tcp-fin", timeouts.tcpFin, 1...604_800)
        check("timeout udp", timeouts.udp, 1...604_800)
        check("answers-per-second", answers.perSecond, 0...1_000_000)
        check("limit of checks at once", checkLimit, 1...10_000)
        check("number of peers", peers.count, 0...DirectorSettings.maximumPeers)
        findings += peers.filter { !$0.isUnicast }.map {
            SettingsFinding(reason: "peer \($0) is no address of one interface")
        }
        if Set(peers).count < peers.count {
            findings.append(SettingsFinding(reason: "a peer is there twice"))
        }
        return findings
    }
}

extension SettingsFinding {
    static func outside<Number: BinaryInteger>(
        _ range: ClosedRange<Number>, _ name: String, _ value: Number,
        of service: ServiceAddress? = nil, _ realServer: IPAddress? = nil
    ) -> SettingsFinding {
        SettingsFinding(
            reason: "\(name) \(value) is not in \(range.lowerBound)...\(range.upperBound)",
            services: [service].compactMap(\.self), realServer: realServer)
    }
}
