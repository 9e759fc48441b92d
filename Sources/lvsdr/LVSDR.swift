// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import LVSModel

/// The operator's command: each subcommand is a file of its own.
@main
struct LVSDR: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lvsdr",
        abstract: "Look at a running director and change it, or try one on a capture.",
        discussion: """
            All but replay and import ask lvsdrd over its control socket. Exit status: 0 when it answered, 1 \
            when it could not be asked, 64 when the command was not understood; capture and replay \
            have some more, and doctor has its own.

            EXAMPLES
              lvsdr status          how the director and its real servers are
              lvsdr doctor          what is wrong with this host, its segment and its real servers
              lvsdr stats           who got how much traffic
              lvsdr stats --json    the same for programs
              lvsdr top             the same, live
              lvsdr events --follow what happens, with its causes
              lvsdr flows           who is where
              lvsdr real drain 192.168.142.100:80 192.168.142.5 --within 10m
              lvsdr reload --check  what would the configuration file change?
              lvsdr capture         frames as they come and as they go, and why
              lvsdr explain 192.168.142.3:40000 192.168.142.100:80
                                    where such a client's packets go, and why
              lvsdr replay --help   what would be done with a capture's traffic
            """,
        version: Version.current,
        subcommands: [
            StatusCommand.self, StatsCommand.self, TopCommand.self, FlowsCommand.self,
            EventsCommand.self, ServiceCommand.self, RealServerCommand.self, ReloadCommand.self,
            DiffCommand.self, SaveCommand.self, ActivateCommand.self, StandbyCommand.self,
            LogLevelCommand.self, CaptureCommand.self, ExplainCommand.self, ReplayCommand.self,
            ImportCommand.self, RealServerHostCommand.self, DirectorHostCommand.self,
            DoctorCommand.self,
        ])
}
