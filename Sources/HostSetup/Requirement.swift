// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// One thing about a host that direct routing needs.
public enum Requirement: Hashable, Sendable {
    /// The setting is one of those accepted; where it is none, it is set to the first.
    case setting(KernelSetting, accepted: [String])
    /// The interface holds the address, alone: /32 or /128.
    case address(IPAddress, interface: String)
}

extension Requirement {
    /// What it is about, such as `net.ipv4.conf.all.arp_ignore` or `192.168.142.100/32 on lo`.
    public var subject: String {
        switch self {
        case .setting(let setting, _): "\(setting)"
        case .address(let address, let interface):
            "\(address)/\(address.family.bitCount) on \(interface)"
        }
    }

    /// How it should be, such as `1`, `0 or 2` or `present`.
    public var expected: String {
        switch self {
        case .setting(_, let accepted): accepted.joined(separator: " or ")
        case .address: "present"
        }
    }

    /// Of a real server: it has the VIPs on `lo`, neither answers ARP for them (`arp_ignore`) nor
    /// names them in an ARP request (`arp_announce`); see the kernel's ip-sysctl document. IPv6
    /// needs no such setting: a solicitation for an address of `lo` is answered by nobody.
    ///
    /// The settings come first: a host that gets the VIP before them answers ARP for it.
    ///
    /// - Parameter interfaces: those that face the director, `all` counts for each; the greater of
    ///   the two is in force, and one above 2 would keep the host from answering for its own address.
    public static func realServer(
        vips: [IPAddress], interfaces: [String] = []
    ) -> [Requirement] {
        var list: [Requirement] = []
        if vips.contains(where: { $0.family == .ipv4 }) {
            for place in ["all", "lo"] {
                list.append(.setting(.ipv4(place, "arp_ignore"), accepted: ["1", "2"]))
                list.append(.setting(.ipv4(place, "arp_announce"), accepted: ["2"]))
            }
            list += interfaces.map {
                .setting(.ipv4($0, "arp_ignore"), accepted: ["1", "0", "2"])
            }
        }
        if vips.contains(where: { $0.family == .ipv6 }) {
            list.append(.setting(.ipv6("lo", "disable_ipv6"), accepted: ["0"]))
        }
        return list + vips.map { .address($0, interface: "lo") }
    }

    /// Of a director: it is no router for its clients, and tells nobody of a better way; where the
    /// host itself answers ARP for VIPs (`arp: host`), it has them, and takes packets to them whatever
    /// the way back is.
    public static func director(
        interface: String, vips: [IPAddress], isRouter: Bool, isFilterStrict: Bool
    ) -> [Requirement] {
        var list: [Requirement] = []
        if !isRouter { list.append(.setting(.forwarding, accepted: ["0"])) }
        for place in ["all", "default", interface] {
            list.append(.setting(.ipv4(place, "send_redirects"), accepted: ["0"]))
        }
        if vips.contains(where: { $0.family == .ipv4 }) {
            let accepted = isFilterStrict ? ["2"] : ["2", "0"]
            list.append(.setting(.ipv4(interface, "rp_filter"), accepted: accepted))
        }
        return list + vips.map { .address($0, interface: interface) }
    }
}
