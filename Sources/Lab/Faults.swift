// SPDX-License-Identifier: Apache-2.0

/// The faults of a lab that is up, by whatever process. They are written down in its folder before
/// they are made.
public struct Faults: Sendable {
    private let lab: LabName
    private let folder: LabFolder
    private let topology: Topology

    public init(in lab: LabName) throws(LabError) {
        try Requirements.checkRights()
        self.lab = lab
        folder = LabFolder(name: lab)
        guard let text = try? Files.read(folder.topologyPath, limit: 4_096),
            let topology = Topology(text)
        else { throw .notUp(lab) }
        self.topology = topology
    }

    /// Those that were made and not healed, in the order in which they were made.
    public var made: [MadeFault] {
        let text = (try? Files.read(folder.faultsPath, limit: 65_536)) ?? ""
        return text.split(separator: "\n").compactMap(MadeFault.init)
    }

    /// Makes it; one that is there already stays as it is.
    public func make(_ fault: MadeFault) async throws(LabError) {
        guard topology.webHosts.contains(where: { $0.name == fault.host }) else {
            throw .noSuchHost(fault.host.text, known: topology.webHosts.map(\.name.text))
        }
        guard !made.contains(fault) else { return }
        try write(made + [fault])
        try await run(fault.making(topology, folder: folder.path(of: fault.host)))
    }

    /// Takes it away again, also where somebody has mended it meanwhile.
    public func heal(_ fault: MadeFault) async throws(LabError) {
        try await run(fault.healing(topology, folder: folder.path(of: fault.host)))
        try write(made.filter { $0 != fault })
    }

    private func write(_ faults: [MadeFault]) throws(LabError) {
        try Files.write(faults.map { "\($0)\n" }.joined(), to: folder.faultsPath)
    }

    private func run(_ steps: [FaultStep]) async throws(LabError) {
        for step in steps {
            let namespace = lab.namespace(of: step.host)
            try await Command.succeed(Namespace.enter(namespace, running: ["sh", "-c", step.line]))
        }
    }
}
