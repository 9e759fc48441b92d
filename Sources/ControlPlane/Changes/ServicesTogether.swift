// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What holds between services: no port of a VIP is served twice, the services of a VIP agree, no
/// real server is a VIP, and there is room for all.
struct ServicesTogether {
    private let services: [VirtualService]
    /// Each with its first service.
    private let vips: [IPAddress: VirtualService]

    init(_ services: [VirtualService]) {
        self.services = services
        vips = Dictionary(services.map { ($0.address.address, $0) }) { first, _ in first }
    }

    var findings: [SettingsFinding] {
        countFindings + overlapFindings + services.flatMap { arpFindings($0) + vipFindings($0) }
    }

    private var countFindings: [SettingsFinding] {
        var reasons: [String] = []
        if services.count > IndexAllocation.serviceCapacity {
            reasons.append(
                "\(services.count) services are more than \(IndexAllocation.serviceCapacity)")
        }
        let count = services.reduce(0) { $0 + $1.realServerAddresses.count }
        if count > IndexAllocation.realServerCapacity {
            reasons.append(
                "\(count) real servers and sorry servers in all services together are more than "
                    + "\(IndexAllocation.realServerCapacity)")
        }
        return reasons.map { SettingsFinding(reason: $0) }
    }

    private func arpFindings(_ service: VirtualService) -> [SettingsFinding] {
        guard let first = vips[service.address.address], first.arp != service.arp else { return [] }
        return [
            SettingsFinding(
                reason: "arp \(service.arp.rawValue) for VIP \(service.address.address) in "
                    + "\(service.address), but \(first.arp.rawValue) in \(first.address)",
                services: [service.address, first.address])
        ]
    }

    private func vipFindings(_ service: VirtualService) -> [SettingsFinding] {
        var findings: [SettingsFinding] = []
        for real in service.realServers where vips[real.address] != nil {
            findings.append(
                SettingsFinding(
                    reason: "real server \(real.address) is a VIP of this director",
                    services: [service.address], realServer: real.address, vip: real.address))
        }
        if let sorry = service.sorryServer, vips[sorry] != nil {
            findings.append(
                SettingsFinding(
                    reason: "sorry server \(sorry) is a VIP of this director",
                    services: [service.address], vip: sorry))
        }
        return findings
    }

    /// Ranges are met in the order of their first ports: one that overlaps any other before it also
    /// overlaps the one of those that reaches farthest.
    private var overlapFindings: [SettingsFinding] {
        var findings: [SettingsFinding] = []
        var farthest: Claim?
        for claim in claims {
            guard let last = farthest, last.place == claim.place else {
                farthest = claim
                continue
            }
            if last.ports.overlaps(claim.ports) {
                let (first, second) = (
                    min(last.service, claim.service), max(last.service, claim.service)
                )
                findings.append(overlap(services[second].address, services[first].address))
            }
            if claim.ports.upperBound > last.ports.upperBound { farthest = claim }
        }
        return findings
    }

    private func overlap(_ second: ServiceAddress, _ first: ServiceAddress) -> SettingsFinding {
        SettingsFinding(
            kind: .conflict,
            reason: first == second
                ? "service \(second) exists already"
                : "the ports of service \(second) overlap with \(first)",
            services: [second, first])
    }

    private var claims: [Claim] {
        services.enumerated().flatMap { index, service in
            service.address.ports.ranges.map { range in
                Claim(
                    place: Claim.Place(
                        vip: service.address.address, transport: service.address.transport,
                        isAny: service.address.ports.isAny),
                    ports: range, service: index)
            }
        }
        .sorted()
    }
}

/// Ports that a service has of its VIP and protocol.
private struct Claim: Comparable {
    /// `any` takes what the others leave, so that it is in the way of another `any` only.
    struct Place: Comparable {
        let vip: IPAddress
        let transport: TransportProtocol
        let isAny: Bool

        static func < (left: Place, right: Place) -> Bool {
            (left.vip, left.transport.number, left.isAny ? 1 : 0)
                < (right.vip, right.transport.number, right.isAny ? 1 : 0)
        }
    }

    let place: Place
    let ports: ClosedRange<UInt16>
    /// Its position.
    let service: Int

    static func < (left: Claim, right: Claim) -> Bool {
        (left.place, left.ports.lowerBound, left.service)
            < (right.place, right.ports.lowerBound, right.service)
    }
}
