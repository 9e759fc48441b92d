// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlClient
import ControlMessages
import LVSModel

/// A command that gives the director a role.
protocol RoleCommand: ParsableCommand {
    static var role: Role { get }
    var director: DirectorOptions { get }
}

extension RoleCommand {
    func run() throws {
        let message = try director.ask { client throws(ControlClientError) in
            try client.setRole(Self.role)
        }
        try director.show(message, \.done)
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
    static let role = Role.active

    @OptionGroup var director: DirectorOptions
}

/// `lvsdr standby`.
struct StandbyCommand: RoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "standby",
        abstract: "Let the director check health, and answer and forward nothing.",
        discussion: """
            It goes on until `lvsdr activate`, or until it is restarted: `start:` in the \
            configuration says with which role it starts.

            EXAMPLES
              lvsdr standby       in keepalived: notify_backup "/usr/local/bin/lvsdr standby"
            """)
    static let role = Role.standby

    @OptionGroup var director: DirectorOptions
}
