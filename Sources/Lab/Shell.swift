// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How to open a shell, or run a command, on a host of a lab that is up.
public struct Shell: Hashable, Sendable {
    /// The program and its arguments.
    public let words: [String]
    /// What to set in its environment.
    public let environment: [String: String]

    /// - Parameter command: what to run; the user's shell, with a prompt that names the host, where
    ///   it is empty.
    public init(
        on host: String, of lab: LabName, running command: [String] = []
    ) throws(LabError) {
        try Requirements.checkRights()
        guard let state = LabFolder(name: lab).state() else { throw .notUp(lab) }
        guard state.hosts.contains(host) else { throw .noSuchHost(host, known: state.hosts) }
        let enter = ["ip", "netns", "exec", lab.namespacePrefix + host]
        let prompt = "[\(lab) \(host)] "
        words = enter + (command.isEmpty ? try Self.interactive(prompt, of: lab) : command)
        environment = ["PS1": prompt + "$ ", "PATH": SearchPath.text]
    }

    /// bash takes its prompt from a file, since the user's own would set another one.
    private static func interactive(
        _ prompt: String, of lab: LabName
    ) throws(LabError) -> [String] {
        let shell = unsafe getenv("SHELL").map { unsafe String(cString: $0) } ?? "/bin/sh"
        guard shell.hasSuffix("/bash") else { return [shell, "-i"] }
        let file = "\(LabFolder(name: lab).path)/bashrc"
        try Files.write(
            """
            [ -r ~/.bashrc ] && . ~/.bashrc
            PS1='\(prompt)\\w \\$ '

            """, to: file)
        return [shell, "--rcfile", file, "-i"]
    }
}
