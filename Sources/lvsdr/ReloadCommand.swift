// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlClient
import ControlMessages
import LVSModel

/// `lvsdr reload`.
struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Let the director read its configuration file again.",
        discussion: """
            Only what is new in the file since it was last loaded is made; what was changed at run \
            time stands. A file with errors changes nothing and is told of with line and column.

            EXAMPLES
              lvsdr reload --check     what would change?
              lvsdr reload             change it; answered when it is in force
              lvsdr reload --exact     and drop what was changed at run time
            """)

    @Flag(help: "Only show what would change.")
    var check = false

    @Flag(help: "Drop what was changed at run time: the file alone counts.")
    var exact = false

    @OptionGroup var director: DirectorOptions

    func run() throws {
        let query = ReloadQuery(isCheck: check, isExact: exact)
        let message = try director.ask { client throws(ControlClientError) in
            try client.reload(query)
        }
        try director.show(message, Self.text)
    }

    static func text(_ message: ReloadMessage) -> String {
        var lines = message.applied.map { (message.inForce ? "  " : "  would: ") + $0 }
        lines += message.skipped.map { "  left as it is: \($0.change): \($0.reason)" }
        lines += message.needsRestart.map { "  only after a restart: \($0)" }
        let count = message.applied.count
        let changes = count == 0 ? "nothing changes" : "\(count) change\(count == 1 ? "" : "s")"
        let head = message.inForce ? "reloaded: \(changes)" : "a reload: \(changes)"
        return ([head] + lines).joined(separator: "\n")
    }
}

/// `lvsdr diff`.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what is running other than the configuration file says.",
        discussion: """
            Exit status: 0 when both are the same, 2 when they differ.

            EXAMPLES
              lvsdr diff
              lvsdr diff || lvsdr save
            """)

    @OptionGroup var director: DirectorOptions

    func run() throws {
        let message = try director.ask { client throws(ControlClientError) in
            try client.differences()
        }
        try director.show(message) {
            $0.changes.isEmpty
                ? "what is running is what the file says"
                : $0.changes.joined(separator: "\n")
        }
        if !message.changes.isEmpty { throw ExitCode(2) }
    }
}

/// `lvsdr save`.
struct SaveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save",
        abstract: "Write what is running to the configuration file.",
        discussion: """
            The file of before is kept beside it, with .old behind its name; its comments are not \
            taken over.

            EXAMPLES
              lvsdr save
              lvsdr save --print > other.yaml     only print it
            """)

    @Flag(name: .customLong("print"), help: "Only print it.")
    var isPrinting = false

    @OptionGroup var director: DirectorOptions

    func run() throws {
        if isPrinting {
            let text = try director.ask { client throws(ControlClientError) in
                try client.settings()
            }
            Terminal.write(text)
            return
        }
        let message = try director.ask { client throws(ControlClientError) in try client.save() }
        try director.show(message) { message in
            let former = message.former.map { "; the file of before is \($0)" } ?? ""
            return "saved to \(message.path)\(former)"
        }
    }
}
