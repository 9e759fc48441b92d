// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Watches over the VIPs: who else claims one, since when, and when to ask.
///
/// A value that is told everything, time too; the director acts on what it answers.
struct VIPGuard: Sendable {
    /// Whose VIPs they are.
    struct Terms: Hashable, Sendable {
        /// Those that the director holds.
        var vips: Set<IPAddress> = []
        /// MAC addresses that may claim them: the director's own and its peers'.
        var friends: Set<MACAddress> = []
    }

    /// What a claim asks for.
    struct Response: Hashable {
        /// Not known before: an alarm.
        var isNew = false
        /// The VIPs are to be announced again at once.
        var announces = false
    }

    struct Heard: Hashable {
        /// The last time.
        var at: Duration
        let isOfRealServer: Bool
    }

    /// How often each VIP is asked for, in seconds, unless there are very many.
    static let interval = 5
    /// How many questions are sent in a second at most.
    static let questionsASecond = 200
    /// A host that answers no more is over after so many questions.
    static let silentRounds = 4
    /// One that asks in a VIP's name is over after so long: when it asks is its own affair.
    static let memory = Duration.seconds(60)
    /// How many claims are remembered: a host that claims from ever new addresses takes no more.
    static let capacity = 1_024

    private(set) var claims: [VIPClaim: Heard] = [:]
    /// How often another host claimed a VIP.
    private(set) var count: UInt64 = 0
    private(set) var terms = Terms()
    /// In the order in which they are asked for.
    private var vips: [IPAddress] = []
    private var second = 0
    private var announcedAt: Duration?

    /// In how many seconds every VIP is asked for once.
    private var rounds: Int {
        let count = (vips.count + Self.questionsASecond - 1) / Self.questionsASecond
        return max(Self.interval, count)
    }

    /// From now on they are so.
    ///
    /// - Returns: the claims that are none any more.
    mutating func follow(_ terms: Terms) -> [VIPClaim] {
        guard terms != self.terms else { return [] }
        if terms.vips != self.terms.vips {
            vips = terms.vips.sorted()
            // The first are asked for at once.
            second = -1
        }
        self.terms = terms
        return remove { claim, _ in !terms.counts(claim) }
    }

    func knows(_ claim: VIPClaim) -> Bool { claims[claim] != nil }

    /// What nobody needs to care about asks for nothing.
    ///
    /// - Parameter fromRealServer: asked for a new claim only: a storm repeats those that are known.
    mutating func receive(
        _ claim: VIPClaim, fromRealServer: @autoclosure () -> Bool, at now: Duration
    ) -> Response {
        guard terms.counts(claim) else { return Response() }
        count += 1
        var response = Response(isNew: !knows(claim))
        if response.isNew, claims.count >= Self.capacity { return Response() }
        let isOfRealServer = claims[claim]?.isOfRealServer ?? fromRealServer()
        claims[claim] = Heard(at: now, isOfRealServer: isOfRealServer)
        // RFC 5227 section 2.4 asks for ten seconds, lest two hosts answer each other's announcements
        // for ever. A real server does not answer them, but takes clients with each of its questions.
        let pause = Duration.seconds(isOfRealServer && vips.count <= 64 ? 1 : 10)
        response.announces = announcedAt.map { now - $0 >= pause } ?? true
        if response.announces { announcedAt = now }
        return response
    }

    /// Forgets those that were not repeated, and returns them.
    mutating func forget(at now: Duration) -> [VIPClaim] {
        let answered = Duration.seconds(Self.silentRounds * rounds)
        return remove { claim, heard in
            now - heard.at >= (claim.kind == .holder ? answered : Self.memory)
        }
    }

    private mutating func remove(_ isOver: (VIPClaim, Heard) -> Bool) -> [VIPClaim] {
        let over = claims.filter(isOver).map(\.key)
        for claim in over { claims[claim] = nil }
        return over.sorted()
    }

    /// Which VIPs are to be asked for in this second; each in one of `rounds` seconds.
    mutating func questions() -> [IPAddress] {
        second = (second + 1) % rounds
        return stride(from: second, to: vips.count, by: rounds).map { vips[$0] }
    }
}

extension VIPGuard.Terms {
    fileprivate func counts(_ claim: VIPClaim) -> Bool {
        vips.contains(claim.vip) && !friends.contains(claim.mac)
    }
}
