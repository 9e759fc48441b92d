// SPDX-License-Identifier: Apache-2.0

/// A client, a director and a real server in a line, for measuring: no switch between them that
/// would take time of its own. Client and director share one cable, director and real server
/// another, and a third goes from the real server straight to the client, for replies.
///
/// It lives and ends as a `Network` does.
public actor Line {
    public nonisolated let name: LabName
    private nonisolated let folder: LabFolder
    private var lock: FileLock?
    private var processes: [RunningProcess] = []

    /// The director's interface towards the client. Its name is one of its own on this machine, as
    /// that of the real server's on the straight cable is: kernel threads are named after them.
    public nonisolated var ingress: String { "\(name)in" }
    public nonisolated var straight: String { "\(name)st" }

    private static let hosts: [HostName] = [.client, .director, .web(1)]

    /// - Parameter commands: lines of `ip -batch` for each host, when its interfaces are there;
    ///   they bring the interfaces up.
    public static func up(
        _ commands: @Sendable (Line) -> [HostName: [String]]
    ) async throws(LabError) -> Line {
        try Requirements.check()
        let name = LabName.unique()
        let lock = try await Registry.claim(name, for: hosts)
        let line = Line(name, lock: lock)
        do {
            try await line.build(commands(line))
        } catch {
            try await line.down()
            throw error
        }
        return line
    }

    private init(_ name: LabName, lock: consuming FileLock) {
        self.name = name
        folder = LabFolder(name: name)
        self.lock = consume lock
    }

    private nonisolated func build(_ commands: [HostName: [String]]) async throws(LabError) {
        let namespace = name.namespace
        for host in Self.hosts {
            try await Command.succeed(["ip", "netns", "add", namespace(host)])
            try await Command.succeed(words(on: host, ["sysctl", "-q", "-w"] + Self.settings))
        }
        try await batch(
            [
                "link add eth0 type veth peer name \(ingress) netns \(namespace(.director))",
                "link add eth1 type veth peer name \(straight) netns \(namespace(.web(1)))",
            ], on: .client)
        try await batch(
            ["link add eth1 type veth peer name eth0 netns \(namespace(.web(1)))"], on: .director)
        for host in Self.hosts {
            try await batch(commands[host, default: []], on: host)
        }
    }

    /// Connections that are over leave their ports at once: thousands a second would take all.
    private static let settings = [
        "net.ipv4.tcp_max_tw_buckets=100", "net.ipv4.ip_local_port_range=1024 65000",
        "net.ipv4.ip_forward=0", "net.ipv4.conf.all.rp_filter=0",
        "net.ipv4.conf.default.rp_filter=0", "net.ipv6.conf.all.accept_dad=0",
        "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.accept_ra=0",
        "net.ipv4.conf.all.send_redirects=0", "net.ipv4.conf.default.send_redirects=0",
    ]

    /// Lines of `ip -batch` in a host's namespace.
    public nonisolated func batch(_ lines: [String], on host: HostName) async throws(LabError) {
        let file = "\(folder.path(of: host))/links.ip"
        try Files.write(lines.map { $0 + "\n" }.joined(), to: file)
        try await Command.succeed(
            ["ip", "-netns", name.namespace(of: host), "-batch", file], within: .seconds(30))
    }

    /// Runs a command on a host; a failure is an error.
    @discardableResult
    public nonisolated func run(
        on host: HostName, _ command: [String], within timeout: Duration = .seconds(10)
    ) async throws(LabError) -> CommandResult {
        try await Command.succeed(words(on: host, command), within: timeout)
    }

    /// Runs a command that reads the host's own `/sys`.
    @discardableResult
    public nonisolated func runWithSystemFiles(
        on host: HostName, _ command: [String]
    ) async throws(LabError) -> CommandResult {
        try await Command.succeed(["ip", "netns", "exec", name.namespace(of: host)] + command)
    }

    /// Starts a process on a host; it goes with the line, or with this process.
    public func start(
        on host: HostName, _ command: [String], label: String
    ) async throws(LabError) -> RunningProcess {
        let process = try await RunningProcess.start(
            words(on: host, command), label: label, folder: folder.path(of: host),
            grace: .seconds(2))
        processes.append(process)
        return process
    }

    /// Writes a file into the host's folder, which goes with the line; returns its path.
    public nonisolated func write(
        _ text: String, to file: String, on host: HostName
    ) throws(LabError) -> String {
        let path = "\(folder.path(of: host))/\(file)"
        try Files.write(text, to: path)
        return path
    }

    /// A folder for the host's files.
    public nonisolated func folder(of host: HostName) -> String {
        folder.path(of: host)
    }

    /// The file that setns(2) takes.
    public nonisolated func namespacePath(of host: HostName) -> String {
        Namespace.path(name.namespace(of: host))
    }

    private nonisolated func words(on host: HostName, _ command: [String]) -> [String] {
        ["setpriv", "--pdeathsig", "KILL"]
            + Namespace.enter(name.namespace(of: host), running: command)
    }

    /// Ends all that runs in it and removes all that was made for it, also where the task is
    /// cancelled.
    public func down() async throws(LabError) {
        guard lock != nil else { return }
        try await Registry.release(folder, ending: processes)
        processes = []
        lock = nil
    }
}
