// SPDX-License-Identifier: Apache-2.0

import HostNetwork
public import LVSModel

/// What is looked at.
public struct DoctorRequest: Sendable {
    public var settings: DirectorSettings
    /// This host routes for others, and shall.
    public var isRouter: Bool
    /// The command that makes the host fit to be a director.
    public var apply: String
    public var flowFile: FlowFileState

    public init(
        settings: DirectorSettings, isRouter: Bool = false, apply: String = "lvsdr director apply",
        flowFile: FlowFileState = .absent
    ) {
        self.settings = settings
        self.isRouter = isRouter
        self.apply = apply
        self.flowFile = flowFile
    }

    var flowFilePath: String { settings.flowFile }

    /// Each once, ascending; nil for those of both modes.
    func vips(arp: ARPMode? = nil) -> [IPAddress] {
        let services = settings.services.filter { arp == nil || $0.arp == arp }
        return Set(services.map(\.address.address)).sorted()
    }

    /// Each once, in the order of the configuration; a sorry server is one too.
    var realServers: [RealServerFacts] {
        var reals: [RealServerFacts] = []
        var places: [IPAddress: Int] = [:]
        for service in settings.services {
            let addresses =
                service.realServers.map(\.address) + (service.sorryServer.map { [$0] } ?? [])
            for address in addresses {
                let place = places[address] ?? reals.count
                if place == reals.count { reals.append(RealServerFacts(address: address)) }
                places[address] = place
                reals[place].add(service.address)
            }
        }
        return reals
    }
}

extension RealServerFacts {
    fileprivate mutating func add(_ service: ServiceAddress) {
        if !vips.contains(service.address) { vips.append(service.address) }
        let place = ServicePort(vip: service.address, port: service.ports.first)
        if service.transport == .tcp, place.port > 0, !ports.contains(place) { ports.append(place) }
    }
}

/// The host could not be looked at.
public struct DoctorError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Looks at a director's host and its segment, and changes neither.
///
/// It sends a handful of frames: questions in nobody's name for MAC addresses (RFC 5227, RFC 4862),
/// echo requests, and one SYN for each TCP service, which is taken back. It is about the network
/// namespace of the calling thread, which it blocks for some seconds.
public enum Doctor {
    /// How many questions real servers are asked: each has a number of 16 bits, and they take a second
    /// to be sent.
    static let capacity = 8_192

    /// - Parameter tick: called again and again while it lasts.
    public static func examine(
        _ request: DoctorRequest, tick: () -> Void = {}
    ) throws(DoctorError) -> [Finding] {
        let gathering = try HostGathering()
        var facts = try gathering.host(request)
        var reals = try gathering.realServers(request)
        facts.egress = Set(reals.compactMap(\.egress)).sorted { $0.index < $1.index }
        let claims = withoutActuallyEscaping(tick) { tick in
            Asking(facts: facts, vips: request.vips(), tick: tick).run(&reals) {
                gathering.source(for: $0)
            }
        }
        return host(request, facts) + segment(request, reals, claims)
    }

    static func host(_ request: DoctorRequest, _ facts: HostFacts) -> [Finding] {
        let name = request.settings.interface
        let reals = request.realServers.map(\.address)
        var findings = [HostChecks.capabilities(facts.missingCapabilities)]
        findings.append(LinkChecks.interface(name, facts))
        if let speed = LinkChecks.speed(name, facts) { findings.append(speed) }
        findings += LinkChecks.mtu(facts) + LinkChecks.offloads(name, facts)
        findings.append(LinkChecks.bridgeFilter(name, facts))
        findings += SettingChecks.findings(facts.requirements, apply: request.apply)
        findings += SettingChecks.vipsHeld(request.settings.services, facts.vipHolders)
        findings += HostChecks.packetSockets(name, facts.packetSockets)
        findings += HostChecks.neighbourTable(facts.neighbourLimits, realServers: reals)
        findings.append(HostChecks.flowFile(request.flowFilePath, facts.flowFile))
        return findings
    }

    /// - Parameter claims: nil where nobody could be asked for the VIPs, which is then told why.
    static func segment(
        _ request: DoctorRequest, _ reals: [RealServerFacts], _ claims: Result<[VIPClaim], Unasked>
    ) -> [Finding] {
        let vips = request.vips()
        let ofVIPs: [Finding] =
            switch claims {
            case .success(let claims):
                SegmentChecks.claims(
                    claims, vips: vips, realServers: reals, peers: request.settings.peers)
            case .failure(let unasked):
                vips.map {
                    .notChecked(.vipClaims, "\($0)", because: unasked.reason, mend: unasked.mend)
                }
            }
        return ofVIPs + reals.flatMap(RealServerChecks.findings) + SegmentChecks.sharedMACs(reals)
    }
}
