// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// The IPv6 side of the seed deployment: the same hosts in fd00::8e:0/112.
extension Frame {
    static let clientIPv6 = "fd00::8e:3"
    static let vipIPv6 = "fd00::8e:100"
    /// Where one asks for the VIP: the group of RFC 4291 section 2.7.1, and its MAC address.
    static let solicitedGroup = "ff02::1:ff8e:100"
    static let solicitedMAC = MACAddress(rawValue: 0x3333_FF8E_0100)
    static let allHosts = "ff02::1"
    static let allHostsMAC = MACAddress(rawValue: 0x3333_0000_0001)

    /// A header and its extension headers; lengths are right once a payload follows.
    func ipv6(
        from: String = clientIPv6, to: String = vipIPv6, hops: UInt8 = 64,
        extensions: [Extension] = []
    ) -> IPv6Packet {
        IPv6Packet(
            ethernet: Array(bytes.prefix(12)), source: wire(from), destination: wire(to),
            hops: hops, extensions: extensions)
    }
}

/// The 16 bytes of an IPv6 address; also of a mapped one, which is not the text of any.
func wire(_ text: String) -> [UInt8] {
    let prefix = "::ffff:"
    return text.hasPrefix(prefix) ? ip(String(text.dropFirst(prefix.count))).bytes : ip(text).bytes
}

/// An extension header (RFC 8200 section 4): its number, and what follows its first byte.
struct Extension: Sendable {
    let number: UInt8
    var bytes: [UInt8]

    private static let padding: [UInt8] = [0, 1, 4, 0, 0, 0, 0]
    static let hopByHop = Extension(number: 0, bytes: padding)
    static let routing = Extension(number: 43, bytes: [0, 0, 0, 0, 0, 0, 0])
    static let destination = Extension(number: 60, bytes: padding)
    /// 24 bytes: its length counts words of four, less two.
    static let authentication = Extension(
        number: 51, bytes: [4] + [UInt8](repeating: 0xA5, count: 22))
    /// RFC 6946.
    static let atomic = fragment(offset: 0, more: false)

    /// `offset` counts bytes, and is a multiple of eight.
    static func fragment(id: UInt32 = 0x0102_0304, offset: UInt16, more: Bool) -> Extension {
        Extension(number: 44, bytes: [0] + (offset | (more ? 1 : 0)).bytes + id.bytes)
    }
}

struct IPv6Packet: Packet {
    var ethernet: [UInt8]
    var source: [UInt8]
    var destination: [UInt8]
    var hops: UInt8
    var extensions: [Extension]

    func payloadFrame(_ transport: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let numbers = extensions.map(\.number) + [transport]
        let chain = zip(numbers.dropFirst(), extensions).flatMap { next, header in
            [next] + header.bytes
        }
        let length = UInt16(chain.count + payload.count)
        return ethernet + [0x86, 0xDD, 0x60, 0, 0, 0] + length.bytes + [numbers[0], hops] + source
            + destination + chain + payload
    }

    /// A neighbour solicitation (RFC 4861 section 4.3); `options` follow what it asks for.
    func solicitation(
        for asked: String = Frame.vipIPv6, code: UInt8 = 0,
        options: [UInt8] = [1, 1] + Frame.client.bytes
    ) -> [UInt8] {
        icmp(type: 135, code: code, rest: 0, payload: wire(asked) + options)
    }

    /// A neighbour advertisement (RFC 4861 section 4.4) for the VIP at the director.
    func advertisement(flags: UInt8) -> [UInt8] {
        icmp(
            type: 136, rest: UInt32(flags) << 24,
            payload: wire(Frame.vipIPv6) + [2, 1] + Frame.director.bytes)
    }
}

extension Table {
    /// As `real`, with the address fd00::8e:HOST (in hexadecimal).
    static func realIPv6(_ host: UInt32) -> ForwardingTable.Real {
        ForwardingTable.Real(
            index: host,
            realServer: RealServer(
                address: ip("fd00::8e:" + String(host, radix: 16)), weight: 1),
            link: ForwardingTable.Link(mac: mac(UInt64(host)), egress: ingress))
    }

    static func serviceIPv6(
        _ index: UInt32 = 0, vip: String = Frame.vipIPv6, port: UInt16 = 80,
        transport: TransportProtocol = .tcp, arp: ARPMode = .director,
        reals: [ForwardingTable.Real] = [realIPv6(5), realIPv6(6)]
    ) -> ForwardingTable.Service {
        service(index, vip: vip, port: port, transport: transport, arp: arp, reals: reals)
    }

    /// The seed's services over both families.
    static let bothFamilies = Table.of(
        Table.service(0), Table.service(1, port: 53, transport: .udp, reals: [Table.real(7)]),
        Table.serviceIPv6(2, reals: [Table.realIPv6(15), Table.realIPv6(16)]),
        Table.serviceIPv6(3, port: 53, transport: .udp, reals: [Table.realIPv6(17)]))
}
