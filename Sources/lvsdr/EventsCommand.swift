// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlClient
import ControlMessages
import Glibc

/// `lvsdr events`.
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract:
            "Show what happened: real servers up and down, changes and who made them, alarms.",
        discussion: """
            EXAMPLES
              lvsdr events
              lvsdr events --follow
              lvsdr events --follow --json     a line of JSON for each
            """)

    @Flag(help: "Go on with those to come, until Ctrl-C.")
    var follow = false

    @Option(help: "Only those after the event with this number.")
    var since: UInt64 = 0

    @OptionGroup var director: DirectorOptions

    func run() throws {
        let (isJSON, since) = (director.json, since)
        guard follow else {
            let message = try director.ask { client throws(ControlClientError) in
                try client.events(since: since)
            }
            for event in message.events { Self.show(event, isJSON: isJSON) }
            return
        }
        let interruption = try Interruption()
        try director.ask { client throws(ControlClientError) in
            try client.followEvents(since: since, stopDescriptor: interruption.descriptor) {
                Self.show($0, isJSON: isJSON)
                return true
            }
        }
    }

    private static func show(_ event: EventMessage, isJSON: Bool) {
        if isJSON {
            guard let json = try? event.json() else { return }
            Terminal.write(json)
            return
        }
        let warning = event.level == "warning" ? "warning: " : ""
        let author = event.by.map { ", by \($0.text)" } ?? ""
        Terminal.write("\(event.id)  \(clock(event.time))  \(warning)\(event.text)\(author)\n")
    }

    /// The local time, such as `2026-11-22 14:03:05`.
    private static func clock(_ milliseconds: UInt64) -> String {
        var seconds = time_t(milliseconds / 1_000)
        var parts = unsafe tm()
        unsafe localtime_r(&seconds, &parts)
        let numbers = unsafe [
            parts.tm_year + 1_900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
            parts.tm_sec,
        ]
        let texts = numbers.map { $0 < 10 ? "0\($0)" : "\($0)" }
        return texts[..<3].joined(separator: "-") + " " + texts[3...].joined(separator: ":")
    }
}
