// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlClient
import ControlMessages
import LVSModel

/// A command that gives the director a role.
protocol RoleCommand: ParsableCommand {
    var director: DirectorOptions { get }

    static func ask(_ client: ControlClient) throws(ControlClientError) -> DoneMessage
}

extension RoleCommand {
    func run() throws {
        try director.show(try director.ask(Self.ask), \.done)
    }
}

/// `lvsdr activate`.
struct ActivateCommand: RoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate",
        abstract: "Let a standby director serve and announce its VIPs.",
        discussion: """
            Answered when it serves. A director that is active stays so.

            EXAMPLES
              lvsdr activate      in keepalived: notify_master "/usr/local/bin/lvsdr activate"
            """)

    @OptionGroup var director: DirectorOptions

    static func ask(_ client: ControlClient) throws(ControlClientError) -> DoneMessage {
        try client.setRole(.active)
    }
}

/// `lvsdr standby`.
struct StandbyCommand: RoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "standby",
        abstract: "Let the director check health, and answer and forward nothing.",
        discussion: """
            Answered when that is in force; it goes on until `lvsdr activate`. Where no director runs, \
            the one that starts next is standby.

            EXAMPLES
              lvsdr standby       in keepalived: notify_backup "/usr/local/bin/lvsdr standby"
            """)

    @OptionGroup var director: DirectorOptions

    static func ask(_ client: ControlClient) throws(ControlClientError) -> DoneMessage {
        do {
            return try client.setRole(.standby)
        } catch {
            let mark = StandbyMark(besideSocket: client.socket)
            guard error.reason == .notRunning || error.reason == .refused, mark.leave() else {
                throw error
            }
            // It may have begun to listen before the mark was there.
            if let message = try? client.setRole(.standby) {
                mark.remove()
                return message
            }
            return DoneMessage(done: "no director runs; the one that starts next is standby")
        }
    }
}
