// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostNetwork
import HostSetup
import LVSModel

/// Reads what there is to know of this host; nothing is changed.
struct HostGathering: ~Copyable {
    private let network: NetworkReading
    private let state: HostState

    init() throws(DoctorError) {
        let network = try Self.reading { () throws(HostNetworkError) in try NetworkReading() }
        let state = try Self.reading { () throws(SetupError) in try HostState() }
        self.network = network
        self.state = state
    }

    func host(_ request: DoctorRequest) throws(DoctorError) -> HostFacts {
        let settings = request.settings
        var facts = HostFacts()
        facts.missingCapabilities = CapabilityReading.missing()
        facts.driver = InterfaceDriver(of: settings.interface)
        facts.bridgeFilters = bridgeFilters()
        facts.neighbourLimits = neighbourLimits()
        facts.flowFile = request.flowFile
        facts.link = try Self.reading { () throws(HostNetworkError) in
            try network.link(named: settings.interface)
        }
        facts.vipHolders = try Self.reading { () throws(HostNetworkError) in
            try holders(of: request.vips())
        }
        let requirements = Requirement.director(
            interface: settings.interface, vips: request.vips(arp: .host),
            isRouter: request.isRouter, isFilterStrict: state.isFilterStrict)
        facts.requirements = try Self.reading { () throws(SetupError) in
            try state.status(requirements)
        }
        facts.packetSockets = PacketSocketReading.sockets(on: facts.link?.index ?? 0)
        return facts
    }

    private func holders(
        of vips: [IPAddress]
    ) throws(HostNetworkError) -> [IPAddress: String] {
        let holders = try network.addressHolders()
        var names: [IPAddress: String] = [:]
        for vip in vips {
            guard let index = holders[vip] else { continue }
            names[vip] = try network.link(index: index)?.name
        }
        return names
    }

    /// The real servers, each once, in the order of the configuration.
    func realServers(_ request: DoctorRequest) throws(DoctorError) -> [RealServerFacts] {
        var reals = request.realServers
        try Self.reading { () throws(HostNetworkError) in
            let neighbours = try network.neighbours().filter { $0.mac != nil }
            let macs = Dictionary(neighbours.map { ($0.address, $0) }) { first, _ in first }
            for index in reals.indices {
                let address = reals[index].address
                reals[index].route = try network.route(to: address)
                guard case .onLink(let interface) = reals[index].route else { continue }
                reals[index].egress = try network.link(index: interface)
                if macs[address]?.interface == interface {
                    reals[index].kernelMAC = macs[address]?.mac
                }
            }
        }
        return reals
    }

    private static func reading<Value: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Value
    ) throws(DoctorError) -> Value {
        do throws(Failure) {
            return try body()
        } catch {
            throw DoctorError("\(error)")
        }
    }

    func source(for address: IPAddress) -> IPAddress? {
        network.source(for: address)
    }

    private func bridgeFilters() -> [String] {
        ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables", "bridge-nf-call-arptables"]
            .map { KernelSetting(["net", "bridge", $0]) }
            .filter { state.value(of: $0) == "1" }
            .map(\.description)
    }

    private func neighbourLimits() -> [IPAddress.Family: Int] {
        var limits: [IPAddress.Family: Int] = [:]
        for family in [IPAddress.Family.ipv4, .ipv6] {
            let setting = KernelSetting([
                "net", family.rawValue.lowercased(), "neigh", "default", "gc_thresh3",
            ])
            limits[family] = state.value(of: setting).flatMap { Int($0) }
        }
        return limits
    }
}

/// The capabilities that lvsdrd needs.
enum CapabilityReading {
    private static let needed: [(name: String, bit: UInt64)] = [
        ("CAP_NET_ADMIN", 12), ("CAP_NET_RAW", 13), ("CAP_BPF", 39),
    ]
    /// CAP_SYS_ADMIN contains CAP_BPF.
    private static let contains: [UInt64: UInt64] = [39: 21]

    /// Those that this process lacks; none where the kernel does not tell.
    static func missing() -> [String] {
        guard let status = ProcFile.text("/proc/self/status") else { return [] }
        return missing(status: status)
    }

    /// - Parameter status: what /proc/PID/status says.
    static func missing(status: String) -> [String] {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("CapEff:") }),
            let digits = line.split(separator: "\t").last, let effective = UInt64(digits, radix: 16)
        else { return [] }
        return needed.filter { capability in
            let bits = [capability.bit] + (contains[capability.bit].map { [$0] } ?? [])
            return !bits.contains { effective >> $0 & 1 == 1 }
        }.map(\.name)
    }
}
