// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What holds between services: no port of a VIP is served twice, the services of a VIP agree, and
/// no real server is a VIP.
struct ServiceRules {
    private var services: [(address: ServiceAddress, position: Position)] = []
    private var vips: [IPAddress: (arp: ARPMode, line: Int)] = [:]
    private var servers: [(address: IPAddress, name: StaticString, position: Position)] = []

    mutating func add(service: ServiceAddress, at position: Position) {
        services.append((service, position))
    }

    /// VIP and mode are nil when they were wrong themselves.
    mutating func add(
        vip: IPAddress?, arp: ARPMode?, at position: Position, _ findings: inout Findings
    ) {
        guard let vip, let arp else { return }
        guard let first = vips[vip] else {
            vips[vip] = (arp, position.line)
            return
        }
        if first.arp == arp { return }
        findings.add(
            "arp \(arp.rawValue) for VIP \(vip), but \(first.arp.rawValue) on line \(first.line)",
            expected: "the same for all services of a VIP", at: position)
    }

    /// - Parameter name: what messages call it.
    mutating func add(
        realServer: IPAddress, named name: StaticString = "real server", at position: Position
    ) {
        servers.append((realServer, name, position))
    }

    /// To be called when all services are known.
    func check(_ findings: inout Findings) {
        for (service, rival) in rivals.sorted(by: { $0.key < $1.key }) {
            let (second, first) = (services[service], services[rival])
            let isSame = first.address == second.address
            findings.add(
                isSame
                    ? "duplicate service \(second.address), already on line \(first.position.line)"
                    : "the ports of service \(second.address) overlap with \(first.address) on line "
                        + "\(first.position.line)",
                expected: "each address, port and protocol once", at: second.position)
        }
        for server in servers where vips[server.address] != nil {
            findings.add(
                "\(server.name) \(server.address) is a VIP of this director",
                expected: "the server's own address (RIP)", at: server.position)
        }
    }

    /// By its index, each service that has a port of one before it, with that one's.
    ///
    /// Ranges are met in the order of their first ports: one that overlaps any other before it also
    /// overlaps the one of those that reaches farthest.
    private var rivals: [Int: Int] {
        let ranges = services.enumerated().flatMap { index, service in
            service.address.ports.ranges.map { ClaimedRange($0, of: service.address, index) }
        }
        .sorted()
        var rivals: [Int: Int] = [:]
        var farthest: ClaimedRange?
        for range in ranges {
            guard let last = farthest, last.place == range.place else {
                farthest = range
                continue
            }
            if last.ports.overlaps(range.ports) {
                let first = min(last.service, range.service)
                let second = max(last.service, range.service)
                rivals[second] = min(rivals[second] ?? first, first)
            }
            if range.ports.upperBound > last.ports.upperBound { farthest = range }
        }
        return rivals
    }
}

/// A range of ports that a service has of its VIP and protocol.
private struct ClaimedRange: Comparable {
    /// `any` takes what the others leave, so that it is in the way of another `any` only.
    struct Place: Comparable {
        let vip: IPAddress
        let transport: UInt8
        let isAny: Bool

        static func < (left: Place, right: Place) -> Bool {
            (left.vip, left.transport, left.isAny ? 1 : 0)
                < (right.vip, right.transport, right.isAny ? 1 : 0)
        }
    }

    let place: Place
    let ports: ClosedRange<UInt16>
    /// Its index.
    let service: Int

    init(_ ports: ClosedRange<UInt16>, of address: ServiceAddress, _ service: Int) {
        place = Place(
            vip: address.address, transport: address.transport.number,
            isAny: address.ports.isAny)
        self.ports = ports
        self.service = service
    }

    static func < (left: ClaimedRange, right: ClaimedRange) -> Bool {
        (left.place, left.ports.lowerBound, left.service)
            < (right.place, right.ports.lowerBound, right.service)
    }
}
