// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import LVSModel

/// `lvsdr real`.
struct RealServerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "real",
        abstract: "Add, edit, drain, disable or remove a real server of the running director.",
        discussion: """
            drain: it gets no new flows, and is removed when its old ones are gone or its time is over. \
            disable: it gets no flows at all, and those it has go where on-down says. Weight 0: no new \
            flows, and it stays.

            EXAMPLES
              lvsdr real add 192.168.142.100:80 192.168.142.7 --weight 2
              lvsdr real weight 192.168.142.100:80 192.168.142.7 0
              lvsdr real drain 192.168.142.100:80 192.168.142.5 --within 10m
              lvsdr real disable 192.168.142.100:80 192.168.142.6
            """,
        subcommands: [
            Add.self, Edit.self, Weight.self, Drain.self, Undrain.self, Disable.self, Enable.self,
            Remove.self,
        ])

    struct Add: ChangeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a real server.",
            discussion: """
                EXAMPLES
                  lvsdr real add 192.168.142.100:80 192.168.142.7 --weight 2
                  lvsdr real add [fd00::1]:53/udp fd00::7 --upper-threshold 1000
                """)

        @OptionGroup var real: RealServerArguments

        @Option(help: "Its share, 0...65535; 0 takes no new flows.")
        var weight: UInt16 = 1

        @Option(help: "At so many flows it gets no new ones; 0 for no limit.")
        var upperThreshold: UInt32 = 0

        @Option(help: "It gets new ones again when it has fewer; 0 for three quarters.")
        var lowerThreshold: UInt32 = 0

        @OptionGroup var director: DirectorOptions

        var change: Change {
            let added = RealServer(
                address: real.address, weight: weight, upperThreshold: upperThreshold,
                lowerThreshold: lowerThreshold)
            return .addRealServer(added, to: real.service)
        }
    }

    struct Edit: ChangeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Edit a real server; what is not named stays.",
            discussion: """
                EXAMPLES
                  lvsdr real edit 192.168.142.100:80 192.168.142.7 --weight 3 --upper-threshold 0
                """)

        @OptionGroup var real: RealServerArguments

        @Option(help: "Its share, 0...65535.")
        var weight: UInt16?

        @Option(help: "At so many flows it gets no new ones; 0 for no limit.")
        var upperThreshold: UInt32?

        @Option(help: "It gets new ones again when it has fewer; 0 for three quarters.")
        var lowerThreshold: UInt32?

        @OptionGroup var director: DirectorOptions

        var change: Change {
            let edit = RealServerEdit(
                weight: weight, upperThreshold: upperThreshold, lowerThreshold: lowerThreshold)
            return .editRealServer(real.address, of: real.service, edit)
        }
    }

    struct Weight: ChangeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set a real server's weight.",
            discussion: """
                EXAMPLES
                  lvsdr real weight 192.168.142.100:80 192.168.142.7 3
                  lvsdr real weight 192.168.142.100:80 192.168.142.7 0    no new flows
                """)

        @OptionGroup var real: RealServerArguments

        @Argument(help: "0...65535; 0 takes no new flows.")
        var weight: UInt16

        @OptionGroup var director: DirectorOptions

        var change: Change {
            .editRealServer(real.address, of: real.service, RealServerEdit(weight: weight))
        }
    }

    struct Drain: ChangeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a real server's flows end, then remove it.",
            discussion: """
                EXAMPLES
                  lvsdr real drain 192.168.142.100:80 192.168.142.5
                  lvsdr real drain 192.168.142.100:80 192.168.142.5 --within 10m
                  lvsdr status                    how far it is
                """)

        @OptionGroup var real: RealServerArguments

        @Option(help: "Remove it after this time whatever flows it has, such as 90s or 15m.")
        var within: TimeArgument?

        @OptionGroup var director: DirectorOptions

        var change: Change {
            let until = within.map { UInt64(time(nil)) + UInt64($0.seconds) }
            return .drain(real.address, of: real.service, until: until)
        }
    }

    struct Undrain: ChangeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a drain back: new flows come again.",
            discussion: """
                EXAMPLES
                  lvsdr real undrain 192.168.142.100:80 192.168.142.5
                """)

        @OptionGroup var real: RealServerArguments
        @OptionGroup var director: DirectorOptions

        var change: Change { .undrain(real.address, of: real.service) }
    }

    struct Disable: ChangeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a real server out at once, its flows too.",
            discussion: """
                EXAMPLES
                  lvsdr real disable 192.168.142.100:80 192.168.142.6
                """)

        @OptionGroup var real: RealServerArguments
        @OptionGroup var director: DirectorOptions

        var change: Change { .disable(real.address, of: real.service) }
    }

    struct Enable: ChangeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a disabled real server in again.",
            discussion: """
                EXAMPLES
                  lvsdr real enable 192.168.142.100:80 192.168.142.6
                """)

        @OptionGroup var real: RealServerArguments
        @OptionGroup var director: DirectorOptions

        var change: Change { .enable(real.address, of: real.service) }
    }

    struct Remove: ChangeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a real server at once.",
            discussion: """
                EXAMPLES
                  lvsdr real remove 192.168.142.100:80 192.168.142.6
                """)

        @OptionGroup var real: RealServerArguments
        @OptionGroup var director: DirectorOptions

        var change: Change { .removeRealServer(real.address, of: real.service) }
    }
}
