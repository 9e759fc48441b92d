// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What is listened for on the segment.
struct Listening: Sendable {
    struct Place: Hashable, Sendable {
        var vips: Set<IPAddress>
        var interface: ForwardingTable.Interface
    }

    var place: Place?
    /// Why not where it should be.
    var failure: DirectorError?
}

// Other hosts that claim the director's VIPs.
extension Director {
    /// How many claims are told in the status; who mends these sees the next ones.
    private static let shownClaims = 20

    func receive(_ claim: VIPClaim) async {
        // Those that last are many, and looked at once a second.
        if !vipGuard.knows(claim) { followTerms() }
        let response = vipGuard.receive(
            claim, fromRealServer: !realServers(of: claim).isEmpty, at: timeline.elapsed())
        if response.isNew { tell(.vipClaimed(claim, realServers: realServers(of: claim))) }
        if response.announces { await announce(claim.vip) }
    }

    /// Once a second: who claims nothing any more, and the questions.
    func guardVIPs() async {
        guard let segment else { return }
        followTerms()
        let silent = vipGuard.forget(at: timeline.elapsed())
        end(silent)
        // Who believed the other host to its last word would ask nobody for a while.
        for vip in Set(silent.map(\.vip)) { await announce(vip) }
        if listening.place != place { caller.yield() }
        guard reconciler.host.ingressLink?.isRunning == true, listening.place != nil else { return }
        for vip in vipGuard.questions() { await segment.ask(for: vip) }
    }

    /// Listens where it should, and for what it should.
    func listen() async {
        guard let segment else { return }
        followTerms()
        guard let place, listening.place != place else { return }
        do {
            try await segment.watch(place.vips, on: place.interface)
            listening = Listening(place: place)
        } catch {
            if listening.failure != error { tell(.failed(error)) }
            listening.failure = error
        }
    }

    /// A sentence for each host that claims a VIP.
    var guardProblems: [String] {
        let claims = vipGuard.claims.keys.sorted()
        let rest = claims.count - Self.shownClaims
        return claims.prefix(Self.shownClaims).map { $0.alarm(realServers: realServers(of: $0)) }
            + (rest > 0 ? ["\(rest) more claims of VIPs by other hosts: see lvsdr events"] : [])
            + (listening.failure.map { ["other hosts' ARP is not heard: \($0); it is tried again"] }
                ?? [])
    }

    /// Its own VIPs the data plane announces, all of them.
    private func announce(_ vip: IPAddress) async {
        if reconciler.ownVIPs.contains(vip) {
            reconciler.announceAgain()
            caller.yield()
        } else {
            await segment?.announce(vip)
        }
    }

    private func followTerms() {
        let own = reconciler.host.links.values.compactMap(\.mac)
        let friends = Set(reconciler.settings.peers + own)
        end(vipGuard.follow(VIPGuard.Terms(vips: reconciler.heldVIPs, friends: friends)))
    }

    private func end(_ claims: [VIPClaim]) {
        for claim in claims { tell(.vipClaimEnded(claim, realServers: realServers(of: claim))) }
    }

    private func realServers(of claim: VIPClaim) -> [IPAddress] {
        reconciler.host.realServers(with: claim.mac)
    }

    /// What should be listened for; nil where there is no interface.
    private var place: Listening.Place? {
        guard reconciler.host.ingressLink != nil, let ingress = reconciler.host.ingress else {
            return nil
        }
        return Listening.Place(vips: vipGuard.terms.vips, interface: ingress.interface)
    }
}
