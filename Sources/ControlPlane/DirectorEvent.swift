// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// Something that happened, for the log; `description` says it in words.
public enum DirectorEvent: Hashable, Sendable {
    case realServerUp(IPAddress, of: ServiceAddress, mac: MACAddress, interface: String)
    case realServerDown(IPAddress, of: ServiceAddress, reason: String)
    /// So many more at the same time, where not each is told of.
    case moreRealServersUp(Int)
    case moreRealServersDown(Int, reason: String)
    case realServerChangedMAC(IPAddress, of: ServiceAddress, from: MACAddress, to: MACAddress)
    /// What its check says that it should weigh.
    case realServerWeight(IPAddress, of: ServiceAddress, weight: UInt16)
    /// Checks would leave fewer real servers than the service wants at least.
    case floorReached(ServiceAddress, minimumUp: UInt32, held: [IPAddress])
    case floorLeft(ServiceAddress)
    case sorryServerServes(IPAddress, of: ServiceAddress)
    case sorryServerRests(IPAddress, of: ServiceAddress)
    case roleChanged(Role)
    /// A standby director serves a VIP that the host came to hold, until it holds it no more.
    case vipTaken(IPAddress)
    case vipGiven(IPAddress)
    /// Another host claims a VIP of this director: one of these real servers, or none of them.
    case vipClaimed(VIPClaim, realServers: [IPAddress])
    case vipClaimEnded(VIPClaim, realServers: [IPAddress])
    /// In force; the text says it with what was there before.
    case changed(Change, String)
    /// So many more of the same time are in force.
    case moreChanged(Int)
    /// The configuration file was loaded again.
    case reloaded(applied: Int, skipped: Int)
    /// What is new in the file, and has no place in what is running.
    case notReloaded(Change, reason: String)
    /// What is running was written to the configuration file.
    case saved
    /// The figures of a service, or of all, count from here.
    case zeroed(ServiceAddress?)
    /// Removed after draining, with so many flows left.
    case drained(IPAddress, of: ServiceAddress, flows: UInt64)
    case linkUp(String)
    case linkDown(String)
    case linkRemoved(String)
    /// The director's own VIPs, each once.
    case announced(vips: Int, interface: String)
    /// 1 is the first table: from then on the director serves.
    case published(generation: UInt64)
    /// Something did not work; it is tried again where that can help.
    case failed(DirectorError)

    /// How much it asks for attention.
    public enum Level: Hashable, Sendable {
        case debug
        case info
        case warning
    }

    public var level: Level {
        switch self {
        case .published: .debug
        case .realServerUp, .moreRealServersUp, .realServerChangedMAC, .realServerWeight,
            .floorLeft, .sorryServerRests, .roleChanged, .vipTaken, .vipGiven, .vipClaimEnded,
            .changed, .moreChanged, .reloaded, .saved, .zeroed, .drained, .linkUp, .announced:
            .info
        case .realServerDown, .moreRealServersDown, .floorReached, .vipClaimed, .sorryServerServes,
            .notReloaded, .linkDown, .linkRemoved, .failed:
            .warning
        }
    }
}

extension DirectorEvent: CustomStringConvertible {
    public var description: String {
        switch self {
        case .realServerUp(let real, let service, let mac, let interface):
            "real server \(real) of \(service) is up (\(mac) on \(interface))"
        case .realServerDown(let real, let service, let reason):
            "real server \(real) of \(service) is down: \(reason)"
        case .moreRealServersUp, .moreRealServersDown: moreText
        case .realServerChangedMAC(let real, let service, let old, let new):
            "real server \(real) of \(service) changed its MAC address from \(old) to \(new)"
        case .realServerWeight(let real, let service, let weight):
            "real server \(real) of \(service) has weight \(weight), as its check says"
        case .floorReached(let service, let minimumUp, let held):
            "\(service) is at its floor of \(minimumUp): "
                + "\(held.map(\.description).joined(separator: ", ")) "
                + "would be out by \(held.count == 1 ? "its check" : "their checks") and "
                + "\(held.count == 1 ? "stays" : "stay") in"
        case .floorLeft(let service):
            "\(service) is no longer at its floor"
        case .sorryServerServes(let sorry, let service):
            "\(service) has no usable real server: its sorry server \(sorry) serves"
        case .sorryServerRests(let sorry, let service):
            "\(service) needs its sorry server \(sorry) no more"
        case .roleChanged(.active): "active: serves every VIP"
        case .roleChanged(.standby): "standby: checks health, and answers and forwards nothing"
        case .vipTaken(let vip): "this host holds \(vip) now: it is served"
        case .vipGiven(let vip): "this host holds \(vip) no more: it is not served"
        case .vipClaimed(let claim, let realServers): claim.alarm(realServers: realServers)
        case .vipClaimEnded(let claim, let realServers): claim.end(realServers: realServers)
        case .changed, .moreChanged, .reloaded, .notReloaded, .saved, .zeroed, .drained: changeText
        case .linkUp(let name): "interface \(name) is up"
        case .linkDown(let name): "interface \(name) is down"
        case .linkRemoved(let name): "interface \(name) was removed"
        case .announced(let vips, let interface):
            "announced \(vips) VIP\(vips == 1 ? "" : "s") on \(interface)"
        case .published(let generation): "published forwarding table \(generation)"
        case .failed(let error): "\(error)"
        }
    }
}

extension DirectorEvent {
    /// Of real servers that are not named.
    private var moreText: String {
        switch self {
        case .moreRealServersUp(let count):
            "and \(count) more real server\(count == 1 ? " is" : "s are") up"
        case .moreRealServersDown(let count, let reason):
            "and \(count) more real server\(count == 1 ? " is" : "s are") down: \(reason)"
        default: ""
        }
    }

    /// Of what operators changed, and what came of it.
    private var changeText: String {
        switch self {
        case .changed(_, let text): text
        case .moreChanged(let count): "and \(count) more change\(count == 1 ? "" : "s")"
        case .reloaded(let applied, let skipped):
            "reloaded the configuration: \(applied) change\(applied == 1 ? "" : "s")"
                + (skipped == 0 ? "" : ", \(skipped) skipped")
        case .notReloaded(let change, let reason): "not reloaded: \(change): \(reason)"
        case .saved: "saved what is running to the configuration file"
        case .zeroed(let service):
            "figures of \(service.map { "\($0)" } ?? "all services") count from here"
        case .drained(let real, let service, let flows):
            "real server \(real) of \(service) is drained and removed: "
                + (flows == 0 ? "no flows are left" : "its time is over, \(flows) left")
        default: ""
        }
    }
}

extension DirectorEvent {
    /// What happened, a word for programs; it does not change from one version to the next.
    public var kind: String {
        switch self {
        case .realServerUp, .moreRealServersUp: "real-server-up"
        case .realServerDown, .moreRealServersDown: "real-server-down"
        case .realServerChangedMAC: "real-server-changed-mac"
        case .realServerWeight: "real-server-weight"
        case .floorReached: "floor-reached"
        case .floorLeft: "floor-left"
        case .sorryServerServes: "sorry-server-serves"
        case .sorryServerRests: "sorry-server-rests"
        case .roleChanged: "role-changed"
        case .vipTaken: "vip-taken"
        case .vipGiven: "vip-given"
        case .vipClaimed: "vip-claimed"
        case .vipClaimEnded: "vip-claim-ended"
        case .changed, .moreChanged: "changed"
        case .reloaded: "reloaded"
        case .notReloaded: "not-reloaded"
        case .saved: "saved"
        case .zeroed: "zeroed"
        case .drained: "real-server-drained"
        case .linkUp: "link-up"
        case .linkDown: "link-down"
        case .linkRemoved: "link-removed"
        case .announced: "announced"
        case .published: "published"
        case .failed: "failed"
        }
    }

    /// The virtual service that it happened to; nil when it is not about one.
    public var service: ServiceAddress? {
        switch self {
        case .realServerUp(_, let service, _, _), .realServerDown(_, let service, _),
            .realServerChangedMAC(_, let service, _, _), .realServerWeight(_, let service, _),
            .floorReached(let service, _, _), .floorLeft(let service),
            .sorryServerServes(_, let service), .sorryServerRests(_, let service),
            .drained(_, let service, _):
            service
        case .changed(let change, _), .notReloaded(let change, _): change.service
        case .zeroed(let service): service
        default: nil
        }
    }

    /// The RIP, a sorry server's too; nil when it is not about one.
    public var realServer: IPAddress? {
        switch self {
        case .realServerUp(let real, _, _, _), .realServerDown(let real, _, _),
            .realServerChangedMAC(let real, _, _, _), .realServerWeight(let real, _, _),
            .sorryServerServes(let real, _), .sorryServerRests(let real, _),
            .drained(let real, _, _):
            real
        case .vipClaimed(_, let realServers), .vipClaimEnded(_, let realServers): realServers.first
        case .changed(let change, _), .notReloaded(let change, _): change.realServer
        default: nil
        }
    }
}
