// SPDX-License-Identifier: Apache-2.0

import LVSModel

// The real servers of a service.
extension SettingsDecoder {
    private enum RealServerKey: String, CaseIterable {
        case address
        case weight
        case port
        case upperThreshold = "upper-threshold"
        case lowerThreshold = "lower-threshold"
    }

    /// The service's VIP and ports are nil when they were wrong themselves.
    mutating func realServers(
        _ value: Value, vip: IPAddress?, ports: PortSet?, _ rules: inout ServiceRules
    ) -> [RealServer] {
        var firstLines: [IPAddress: Int] = [:]
        var realServers: [RealServer] = []
        for item in items(of: value, named: "real-servers") {
            guard
                let fields = fields(
                    of: item, named: "a real server", as: RealServerKey.self, required: [.address])
            else { continue }
            let weight =
                fields[.weight].map { number($0, named: "weight", in: 0...UInt16.max) } ?? 1
            fields[.port].map { checkPort($0, of: ports) }
            let thresholds = thresholds(upper: fields[.upperThreshold], fields[.lowerThreshold])
            guard let place = fields[.address], let rip = address(place, named: "real server")
            else { continue }
            check(rip, at: place, beside: vip)
            if let first = firstLines.updateValue(place.position.line, forKey: rip) {
                note(
                    place, "duplicate real server \(rip), already on line \(first)",
                    expected: "each real server once in a service")
            }
            rules.add(realServer: rip, at: place.position)
            guard let weight else { continue }
            realServers.append(
                RealServer(
                    address: rip, weight: weight, upperThreshold: thresholds.upper,
                    lowerThreshold: thresholds.lower))
        }
        return realServers
    }

    private mutating func check(_ rip: IPAddress, at place: Value, beside vip: IPAddress?) {
        guard let vip, vip.family != rip.family else { return }
        note(
            place,
            "real server \(rip) is \(rip.family.rawValue), VIP \(vip) \(vip.family.rawValue): a "
                + "mixed pair",
            expected: "an \(vip.family.rawValue) address",
            hint: "direct routing hands frames on unchanged, so it can not translate addresses")
    }

    /// A real server's port is the service's; the file may repeat it.
    private mutating func checkPort(_ value: Value, of service: PortSet?) {
        guard let port = port(value), let service, !service.contains(port) else { return }
        note(
            value, "the real server's port \(port) is not the service's port \(service)",
            expected: "\(service), or no port",
            hint: "direct routing hands frames on unchanged, so it can not translate ports")
    }

    /// Zeros for those that are not there.
    private mutating func thresholds(
        upper: Value?, _ lower: Value?
    ) -> (upper: UInt32, lower: UInt32) {
        let most = upper.map { number($0, named: "upper-threshold", in: 0...UInt32.max) } ?? 0
        let least = lower.map { number($0, named: "lower-threshold", in: 0...UInt32.max) } ?? 0
        guard let most, let least, let lower, least > 0 else { return (most ?? 0, least ?? 0) }
        if most == 0 {
            note(
                lower, "lower-threshold \(least) without an upper-threshold",
                expected: "upper-threshold beside it, greater than \(least)")
        } else if least >= most {
            note(
                lower, "lower-threshold \(least) is not less than upper-threshold \(most)",
                expected: "a whole number of 0...\(most - 1)")
        }
        return (most, least)
    }
}
