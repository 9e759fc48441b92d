// SPDX-License-Identifier: Apache-2.0

/// A lab that is up: the hosts of a topology, each a network namespace of this machine, plugged
/// into a switch that is one too. The machine's own network is never touched.
///
/// The lab is this process's. When the process is killed, what it started in the lab goes with
/// it, and the next lab that comes up or is taken down removes the rest.
public actor Network {
    public nonisolated let name: LabName
    public nonisolated let topology: Topology
    nonisolated let folder: LabFolder
    private var lock: FileLock?
    private var processes: [RunningProcess] = []

    /// Brings a lab up: namespaces, cables, addresses. Nothing is left of it where that fails.
    public static func up(
        _ topology: Topology = Topology(), name: LabName = .unique()
    ) async throws(LabError) -> Network {
        try Requirements.check()
        let lock = try await Registry.claim(name, for: topology.hosts.map(\.name) + [.switch])
        let network = Network(name, topology, lock: lock)
        do {
            try await network.build()
        } catch {
            try await network.down()
            throw error
        }
        return network
    }

    private init(_ name: LabName, _ topology: Topology, lock: consuming FileLock) {
        self.name = name
        self.topology = topology
        folder = LabFolder(name: name)
        self.lock = consume lock
    }

    /// Ends all that runs in the lab and removes all that was made for it, also where the task is
    /// cancelled. Nothing happens where the lab is not this process's any more.
    public func down() async throws(LabError) {
        guard lock != nil else { return }
        try await Registry.release(folder, ending: processes)
        processes = []
        lock = nil
    }

    /// Gives the lab away: it stays as it is until `Network.down(name)`, except for what `start`
    /// started, which goes with this process.
    public func keep() throws(LabError) {
        try folder.keep()
        lock = nil
    }

    /// Takes a lab down that was kept, and removes what crashed ones left.
    public static func down(_ name: LabName) async throws(LabError) {
        try Requirements.checkRights()
        try await Registry.remove(name)
    }

    /// Starts a process on a host; it goes with the lab, or with this process.
    ///
    /// - Parameters:
    ///   - label: names the files of its output; two processes of one label share them.
    ///   - grace: how long it may take to end after SIGTERM.
    public func start(
        on host: HostName, _ command: [String], label: String, grace: Duration = .seconds(5)
    ) async throws(LabError) -> RunningProcess {
        let process = try await RunningProcess.start(
            words(on: host, command), label: label, folder: folder(of: host), grace: grace)
        processes.append(process)
        return process
    }
}

extension Network {
    /// Runs a command on a host to its end, and gives what it left, also where it failed.
    /// More than 1 MiB of output is an error.
    public nonisolated func run(
        on host: HostName, _ command: [String], within timeout: Duration = .seconds(10)
    ) async throws(LabError) -> CommandResult {
        try await Command.run(words(on: host, command), within: timeout)
    }

    /// Reads what went through an interface until now.
    public nonisolated func counters(
        of host: HostName, interface: String = "eth0"
    ) async throws(LabError) -> LinkCounters {
        let words = Namespace.enter(name.namespace(of: host), running: ["cat", "/proc/net/dev"])
        let result = try await Command.succeed(words)
        guard let counters = LinkCounters(interface, in: result.output) else {
            throw .noSuchInterface(interface, on: host)
        }
        return counters
    }

    /// The file that setns(2) and `nsenter --net=` take.
    public nonisolated func namespacePath(of host: HostName) -> String {
        Namespace.path(name.namespace(of: host))
    }

    /// A folder for the host's files; it goes with the lab.
    public nonisolated func folder(of host: HostName) -> String {
        folder.path(of: host)
    }

    /// The kernel kills the command when this process dies.
    nonisolated func words(on host: HostName, _ command: [String]) -> [String] {
        ["setpriv", "--pdeathsig", "KILL"]
            + Namespace.enter(name.namespace(of: host), running: command)
    }
}

/// Brings a lab up with its web servers, and takes it down when `body` is over, whatever way.
public func withNetwork<Value: Sendable>(
    _ topology: Topology = Topology(), name: LabName = .unique(),
    _ body: (Network) async throws -> Value
) async throws -> Value {
    let network = try await Network.up(topology, name: name)
    do {
        try await network.startWebServers()
        let value = try await body(network)
        try await network.down()
        return value
    } catch {
        try await network.down()
        throw error
    }
}

/// Does it to the end, also where the calling task is cancelled.
func uncancelled(
    _ body: @escaping @Sendable () async throws(LabError) -> Void
) async throws(LabError) {
    try await Task { () async -> Result<Void, LabError> in
        do throws(LabError) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }.value.get()
}
