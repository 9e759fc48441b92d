// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Watches over the VIPs: who else claims one, since when, and when to ask.
///
/// A value that is told everything, time too; the director acts on what it answers.
struct VIPGuard: Sendable {
    /// What a claim asks for.
    struct Response: Equatable {
        /// Not known before: an alarm.
        var isNew = false
        /// The VIPs are to be announced again at once.
        var announces = false
    }

    /// One that was not repeated for so long is over.
    static let memory = Duration.seconds(60)
    /// How often each VIP is asked for, unless there are very many.
    static let interval = 5
    /// How many questions are sent in a second at most.
    static let questionsASecond = 200
    /// How many claims are remembered: a host that claims from ever new addresses takes no more.
    static let capacity = 1_024

    /// When each was heard last.
    private(set) var claims: [VIPClaim: Duration] = [:]
    /// How often another host claimed a VIP.
    private(set) var count: UInt64 = 0
    private var announcedAt: Duration?
    private var second = 0

    /// - Parameter vipCount: how many VIPs an announcement tells of: many are told of less often
    ///   (RFC 5227 section 2.4 asks for ten seconds).
    mutating func receive(_ claim: VIPClaim, vipCount: Int, at now: Duration) -> Response {
        count += 1
        var response = Response(isNew: claims[claim] == nil)
        if response.isNew, claims.count >= Self.capacity { return Response() }
        claims[claim] = now
        let pause = Duration.seconds(vipCount > 64 ? 10 : 1)
        response.announces = announcedAt.map { now - $0 >= pause } ?? true
        if response.announces { announcedAt = now }
        return response
    }

    /// Forgets those that were not repeated, and those that are none any more.
    ///
    /// - Returns: the ones that were not repeated.
    mutating func forget(
        at now: Duration, unless isClaim: (VIPClaim) -> Bool
    ) -> [VIPClaim] {
        claims = claims.filter { isClaim($0.key) }
        let over = claims.filter { now - $0.value >= Self.memory }.map(\.key)
        for claim in over { claims[claim] = nil }
        return over
    }

    /// Which VIPs are to be asked for in this second.
    mutating func questions(_ vips: [IPAddress]) -> [IPAddress] {
        let rounds = max(
            Self.interval, (vips.count + Self.questionsASecond - 1) / Self.questionsASecond)
        second = (second + 1) % rounds
        return vips.indices.filter { $0 % rounds == second }.map { vips[$0] }
    }
}

extension VIPClaim {
    /// What is wrong and what mends it, in words.
    ///
    /// - Parameter realServers: those (RIPs) whose MAC address it is.
    func sentence(realServers: [IPAddress]) -> String {
        let names = realServers.map(\.description).joined(separator: ", ")
        let who = realServers.isEmpty ? "another host, \(mac)," : "real server \(names) (\(mac))"
        let what =
            switch kind {
            case .holder: "answers for the VIP \(vip)"
            case .sender: "asks in the name of the VIP \(vip)"
            }
        let mend =
            if realServers.isEmpty {
                """
                take the VIP off that host, or, where it is a second director, name its MAC address \
                under peers
                """
            } else {
                "on that host: lvsdr realserver apply --vip \(vip)"
            }
        let setting = vip.family == .ipv4 ? (kind == .holder ? " (arp_ignore)" : " (arp_announce)") : ""
        return "\(who) \(what)\(realServers.isEmpty ? "" : setting), and takes its clients: \(mend)"
    }
}
