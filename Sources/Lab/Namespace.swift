// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Network namespaces by name, as iproute2 keeps them.
enum Namespace {
    static func path(_ name: String) -> String {
        "/run/netns/\(name)"
    }

    static func exists(_ name: String) -> Bool {
        Files.exists(path(name))
    }

    /// The words that run a command in a namespace. Only the network is another one: files and
    /// processes stay the machine's.
    static func enter(_ name: String, running words: [String]) -> [String] {
        ["nsenter", "--net=\(path(name))", "--"] + words
    }

    /// Ends what runs in the namespaces, then removes them. Those that are gone already, or that
    /// do not bear the lab's name, are left out.
    static func remove(_ names: [String], of lab: LabName) async throws(LabError) {
        let present = names.filter { $0.hasPrefix(lab.namespacePrefix) && exists($0) }
        try await endProcesses(in: present, of: lab)
        for name in present {
            try await Command.succeed(["ip", "netns", "delete", name])
        }
    }

    private static func endProcesses(
        in names: [String], of lab: LabName
    ) async throws(LabError) {
        for signal in [SIGTERM, SIGKILL] {
            let found = try await processes(in: names)
            guard !found.contains(getpid()) else { throw .insideLab(lab) }
            for process in found {
                kill(process, signal)
            }
            let ended = try await eventually(within: .seconds(2)) { () throws(LabError) in
                try await processes(in: names).isEmpty
            }
            if ended { return }
        }
        throw .unstoppable(try await processes(in: names))
    }

    private static func processes(in names: [String]) async throws(LabError) -> [Int32] {
        var found: [Int32] = []
        for name in names {
            let result = try await Command.succeed(["ip", "netns", "pids", name])
            found += result.output.split(separator: "\n").compactMap { Int32($0) }
        }
        return found
    }
}
