// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// A frame in a few words: who, to whom, what. What can not be read is left out.
enum PacketText {
    private static let ethernetHeader = 14
    private static let flags: [(bit: UInt8, name: String)] = [
        (0x02, "SYN"), (0x01, "FIN"), (0x04, "RST"), (0x08, "PSH"), (0x10, "ACK"), (0x20, "URG"),
    ]

    /// Such as `TCP 192.168.142.3:40000 > 192.168.142.100:80 SYN, 74 bytes`.
    ///
    /// - Parameters:
    ///   - bytes: the frame's beginning, from the Ethernet header on.
    ///   - length: of the whole frame.
    static func line(of bytes: [UInt8], length: UInt32) -> String {
        "\(words(for: Bytes(bytes: bytes))), \(length) byte\(length == 1 ? "" : "s")"
    }

    private static func words(for frame: Bytes) -> String {
        switch frame.number(at: 12) {
        case 0x0800: ipv4(frame) ?? "IPv4"
        case 0x86DD: ipv6(frame) ?? "IPv6"
        case 0x0806: arp(frame) ?? "ARP"
        case .some(let type): "Ethernet type 0x\(String(type, radix: 16))"
        case nil: "Ethernet"
        }
    }

    private static func arp(_ frame: Bytes) -> String? {
        guard let operation = frame.number(at: 20), let sender = frame.ipv4(at: 28),
            let asked = frame.ipv4(at: 38)
        else { return nil }
        return operation == 1
            ? "ARP who has \(asked), asks \(sender)" : "ARP \(sender) tells where it is"
    }

    private static func ipv4(_ frame: Bytes) -> String? {
        guard let first = frame[ethernetHeader], let transport = frame[23],
            let source = frame.ipv4(at: 26), let destination = frame.ipv4(at: 30),
            let fragment = frame.number(at: 20)
        else { return nil }
        let offset = ethernetHeader + Int(first & 0x0F) * 4
        let isFirst = fragment & 0x1FFF == 0
        let text = packet(
            transport, source, destination, isFirst ? frame.number(at: offset) : nil,
            isFirst ? frame.number(at: offset + 2) : nil, frame[offset + 13])
        return fragment & 0x3FFF == 0 ? text : text + ", fragment"
    }

    private static func ipv6(_ frame: Bytes) -> String? {
        guard let next = frame[20], let source = frame.ipv6(at: 22),
            let destination = frame.ipv6(at: 38)
        else { return nil }
        let offset = ethernetHeader + 40
        return packet(
            next, source, destination, frame.number(at: offset), frame.number(at: offset + 2),
            frame[offset + 13])
    }

    private static func packet(
        _ transport: UInt8, _ source: IPAddress, _ destination: IPAddress, _ sourcePort: UInt16?,
        _ port: UInt16?, _ tcpFlags: UInt8?
    ) -> String {
        guard transport == 6 || transport == 17, let sourcePort, let port else {
            let names: [UInt8: String] = [1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6"]
            let name = names[transport] ?? "protocol \(transport)"
            return "\(name) \(source) > \(destination)"
        }
        let ends = "\(source.beforePort):\(sourcePort) > \(destination.beforePort):\(port)"
        guard transport == 6 else { return "UDP \(ends)" }
        let names = flags.filter { $0.bit & (tcpFlags ?? 0) != 0 }.map(\.name)
        return "TCP \(ends) \(names.isEmpty ? "no flags" : names.joined(separator: " "))"
    }

    /// Bytes that may be fewer than a header promises.
    private struct Bytes {
        let bytes: [UInt8]

        subscript(offset: Int) -> UInt8? {
            bytes.indices.contains(offset) ? bytes[offset] : nil
        }

        /// Two bytes in network order.
        func number(at offset: Int) -> UInt16? {
            guard let high = self[offset], let low = self[offset + 1] else { return nil }
            return UInt16(high) << 8 | UInt16(low)
        }

        func ipv4(at offset: Int) -> IPAddress? {
            guard let high = number(at: offset), let low = number(at: offset + 2) else {
                return nil
            }
            return IPAddress(ipv4: UInt32(high) << 16 | UInt32(low))
        }

        func ipv6(at offset: Int) -> IPAddress? {
            guard bytes.count >= offset + 16 else { return nil }
            return IPAddress(bytes: bytes[offset..<offset + 16])
        }
    }
}
