// SPDX-License-Identifier: Apache-2.0

import LVSModel

@testable import DataPlane

/// IPv6 for the in-kernel programs, which look at no checksum.
enum TapFrame {
    /// A header behind IPv6's own, or what comes last: its number in the one before, and its bytes.
    /// The first byte of an extension header is filled in with the number of the next.
    struct Part {
        let number: UInt8
        var bytes: [UInt8]

        static func tcp(_ port: UInt16, from: UInt16 = 40000) -> Part {
            Part(number: 6, bytes: from.bytes + port.bytes + Array(repeating: 0, count: 16))
        }

        static func udp(_ port: UInt16) -> Part {
            Part(number: 17, bytes: UInt16(40000).bytes + port.bytes + [0, 8, 0, 0])
        }

        /// - Parameter body: what follows the checksum.
        static func icmp(_ type: UInt8, _ body: [UInt8] = [0, 1, 0, 1]) -> Part {
            Part(number: 58, bytes: [type, 0, 0, 0] + body)
        }

        /// Hop-by-hop (0) or destination options (60), all padding; of 8 * (words + 1) bytes.
        static func options(_ number: UInt8, words: UInt8 = 0) -> Part {
            Part(
                number: number, bytes: [0, words] + Array(repeating: 0, count: 6 + Int(words) * 8))
        }

        static let routing = Part(number: 43, bytes: [0, 2] + Array(repeating: 0, count: 22))
        /// Of 24 bytes (RFC 4302 section 2.2).
        static let authentication = Part(
            number: 51, bytes: [0, 4] + Array(repeating: 0, count: 22))

        /// - Parameter offset: bytes, a multiple of 8.
        static func fragment(at offset: UInt16 = 0, more: Bool = false) -> Part {
            Part(number: 44, bytes: [0, 0] + (offset | (more ? 1 : 0)).bytes + [0, 0, 0, 7])
        }
    }

    static func bytes(of text: String) -> [UInt8] {
        guard let address = IPAddress(text) else { preconditionFailure("no address: \(text)") }
        return address.bytes
    }

    static func ipv6(
        to: String = "fd00::100", from: String = "fd00::3", mac: MACAddress = Frame.director,
        parts: [Part]
    ) -> [UInt8] {
        let payload = parts.indices.flatMap { index in
            let next = index + 1 < parts.count ? [parts[index + 1].number] : []
            return next + parts[index].bytes.dropFirst(next.count)
        }
        return Frame.ethernet(to: mac, type: 0x86DD).bytes + [0x60, 0, 0, 0]
            + UInt16(payload.count).bytes + [parts[0].number, 255] + bytes(of: from) + bytes(of: to)
            + payload
    }

    static func ipv6(
        to: String = "fd00::100", from: String = "fd00::3", mac: MACAddress = Frame.director,
        _ parts: Part...
    ) -> [UInt8] {
        ipv6(to: to, from: from, mac: mac, parts: parts)
    }

}

/// Tables of services without real servers, of which the in-kernel programs know nothing.
enum TapTable {
    static func of(on interface: Int32, _ services: ForwardingTable.Service...) -> ForwardingTable {
        of(on: interface, services)
    }

    static func of(on interface: Int32, _ services: [ForwardingTable.Service]) -> ForwardingTable {
        ForwardingTable(
            ingress: ForwardingTable.Interface(index: interface, mac: Frame.director),
            sourceMAC: .director, timeouts: FlowTimeouts(), services: services)
    }

    static func service(
        _ vip: String, _ ports: String, _ transport: TransportProtocol = .tcp,
        arp: ARPMode = .director
    ) -> ForwardingTable.Service {
        guard let address = IPAddress(vip), let ports = PortSet(ports) else {
            preconditionFailure("no service: \(vip) \(ports)")
        }
        let name = ServiceAddress(address: address, ports: ports, transport: transport)
        return ForwardingTable.Service(
            index: 0, service: VirtualService(address: name, scheduler: .rr, arp: arp),
            realServers: [])
    }
}

extension Tap {
    func fate(of frame: [UInt8], on interface: Int32) throws -> TapTests.Fate {
        let decision = try decide(frame, on: interface)
        return switch (decision.isAdmitted, decision.isTaken) {
        case (true, true): .ours
        case (true, false): .shared
        case (false, false): .hosts
        case (false, true): .lost
        }
    }
}
