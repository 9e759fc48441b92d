// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostNetwork
import LVSModel

/// Asks the segments of all interfaces that matter, one after the other.
struct Asking {
    let facts: HostFacts
    let vips: [IPAddress]
    let tick: () -> Void

    /// Fills in what the real servers answer, or why they were not asked.
    ///
    /// - Returns: what was said of the VIPs.
    func run(
        _ reals: inout [RealServerFacts], source: (IPAddress) -> IPAddress?
    ) -> Result<[VIPClaim], Unasked> {
        Self.bound(&reals)
        for index in reals.indices where reals[index].egress != nil {
            guard source(reals[index].address) == nil else { continue }
            reals[index].unasked = Unasked(
                reason: "this host has no address to ask it from",
                mend: "give the interface of that network an address of it: ip address add")
        }
        var claims = Result<[VIPClaim], Unasked>.failure(
            Unasked(reason: "its interface is not there", mend: "mend that first"))
        var interfaces = facts.egress
        if let link = facts.link, !interfaces.contains(where: { $0.index == link.index }) {
            interfaces.append(link)
        }
        for link in interfaces {
            let asked = ask(by: link, &reals, source: source)
            if link.index == facts.link?.index { claims = asked }
        }
        return claims
    }

    /// Leaves those unasked for whom there is no time.
    static func bound(_ reals: inout [RealServerFacts]) {
        var left = Doctor.capacity
        for index in reals.indices {
            let count = reals[index].questions.count
            if count <= left {
                left -= count
            } else {
                reals[index].unasked = Unasked(
                    reason: "no more than \(Doctor.capacity) questions are asked",
                    mend: "lvsdr doctor --config with a file that names fewer services")
            }
        }
    }

    private func ask(
        by link: HostLink, _ reals: inout [RealServerFacts], source: (IPAddress) -> IPAddress?
    ) -> Result<[VIPClaim], Unasked> {
        let places = reals.indices.filter {
            reals[$0].egress?.index == link.index && reals[$0].unasked == nil
        }
        do throws(Unasked) {
            guard link.isRunning, let mac = link.mac else {
                throw Unasked(
                    reason: "\(link.name) is down, or has no MAC address", mend: "mend that first")
            }
            let round = SegmentRound(
                link: link, mac: mac, vips: link.index == facts.link?.index ? vips : [], tick: tick)
            var here = places.map { reals[$0] }
            let claims = try claims(round, &here, source: source)
            for (place, real) in zip(places, here) { reals[place] = real }
            return .success(claims)
        } catch {
            for place in places { reals[place].unasked = error }
            return .failure(error)
        }
    }

    private func claims(
        _ round: SegmentRound, _ reals: inout [RealServerFacts],
        source: (IPAddress) -> IPAddress?
    ) throws(Unasked) -> [VIPClaim] {
        do throws(HostNetworkError) {
            return try round.run(&reals, source: source)
        } catch {
            let isForbidden = error.errno == EPERM || error.errno == EACCES
            throw Unasked(
                reason: isForbidden ? "that needs CAP_NET_RAW" : "this host \(error)",
                mend: "be root, then lvsdr doctor again")
        }
    }
}
