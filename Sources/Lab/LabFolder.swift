// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel

/// A lab's folder, which says what the lab made. As long as a process holds the lock of its file
/// `state`, the lab is that process's. A lab that nobody holds has crashed, unless it was brought
/// up to stay: then it has a file `kept`.
struct LabFolder: Sendable {
    let name: LabName

    var path: String { "\(Registry.root)/\(name)" }
    private var statePath: String { "\(path)/state" }
    private var keptPath: String { "\(path)/kept" }
    var topologyPath: String { "\(path)/topology" }
    var faultsPath: String { "\(path)/faults" }

    func path(of host: HostName) -> String {
        "\(path)/\(host)"
    }

    var exists: Bool { Files.exists(path) }
    var isKept: Bool { Files.exists(keptPath) }
    var isOwned: Bool {
        get throws(LabError) { try FileLock.isHeld(statePath) }
    }

    /// Makes the folder with one for each host, and takes the lab for this process.
    func create(for hosts: [HostName]) throws(LabError) -> FileLock {
        try Files.makeFolder(path)
        for host in hosts {
            try Files.makeFolder(path(of: host))
        }
        let state = State(process: getpid(), hosts: hosts.map(\.text))
        try Files.write(state.text, to: statePath)
        guard let lock = try FileLock(statePath) else { throw .inUse(name, owner: nil) }
        return lock
    }

    /// From now on the lab stays when the process that made it goes.
    func keep() throws(LabError) {
        try Files.write("", to: keptPath)
    }

    /// Removes also what outlives the director's process: flow tables that XDP programs shared.
    func remove() async throws(LabError) {
        let pins = DirectorSettings.flowPins
        let own = Files.list(pins).map { "\(pins)/\($0)" }
            .filter { $0.hasPrefix(DirectorSettings.flowPin(of: path + "/")) }
        try await Command.succeed(["rm", "-rf", "--", path] + own)
    }

    /// What the lab's maker wrote down before it made a namespace; nil where it did not get there.
    func state() -> State? {
        (try? Files.read(statePath, limit: 65_536)).flatMap(State.init)
    }

    /// The namespaces that the lab has, or was about to make.
    var namespaces: [String] {
        (state()?.hosts ?? []).map { name.namespacePrefix + $0 }
    }

    /// The file `state`: who made the lab, and with which hosts.
    struct State: Hashable, Sendable {
        let process: Int32
        let hosts: [String]

        init(process: Int32, hosts: [String]) {
            self.process = process
            self.hosts = hosts
        }

        var text: String {
            (["process \(process)"] + hosts.map { "host \($0)" }).map { $0 + "\n" }.joined()
        }

        init?(_ text: String) {
            let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
            guard let first = lines.first, first.count == 2, first[0] == "process",
                let process = Int32(first[1])
            else { return nil }
            self.process = process
            hosts = lines.dropFirst().filter { $0.count == 2 && $0[0] == "host" }.map {
                String($0[1])
            }
        }
    }
}
