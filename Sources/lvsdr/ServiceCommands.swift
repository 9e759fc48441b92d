// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import LVSModel

/// `lvsdr service`.
struct ServiceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service",
        abstract: "Add, edit or remove a virtual service of the running director.",
        discussion: """
            What is changed here stands until the director is restarted after a boot, or `lvsdr save` \
            writes it to the configuration file.

            EXAMPLES
              lvsdr service add 192.168.142.100:80 --scheduler rr
              lvsdr service edit 192.168.142.100:80 --scheduler wlc --no-persistence
              lvsdr service remove [fd00::1]:53/udp
            """,
        subcommands: [Add.self, Edit.self, Remove.self])

    struct Add: ChangeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a virtual service.",
            discussion: """
                EXAMPLES
                  lvsdr service add 192.168.142.100:80 --scheduler rr
                  lvsdr service add 192.168.142.100:443 --persistence 5m --persistence-mask 24
                  lvsdr service add [fd00::1]:53/udp --one-packet
                """)

        @Argument(help: "VIP:PORTS, or with /udp behind it.")
        var service: ServiceAddress

        @Option(help: "How the real server of a new flow is picked.")
        var scheduler = Scheduler.wlc

        @Option(help: "A variation of the scheduler; may be given several times.")
        var flag: [SchedulerFlag] = []

        @Option(help: "How long a client keeps its real server, such as 300 or 5m.")
        var persistence: TimeArgument?

        @Option(help: "Leading bits of a client's address that count for it.")
        var persistenceMask: UInt8?

        @Option(help: "What becomes of the flows of a real server that is down or was removed.")
        var onDown = OnDownPolicy.reschedule

        @Option(help: "Who answers ARP for the VIP.")
        var arp = ARPMode.director

        @Flag(help: "UDP: each packet is scheduled by itself.")
        var onePacket = false

        @OptionGroup var director: DirectorOptions

        var change: Change {
            var added = VirtualService(
                address: service, scheduler: scheduler, schedulerFlags: Set(flag),
                onePacket: onePacket, onDown: onDown, arp: arp)
            added.persistence = persistence.map {
                Persistence(
                    timeout: $0.seconds,
                    prefixLength: persistenceMask ?? UInt8(service.address.family.bitCount))
            }
            return .addService(added)
        }
    }

    struct Edit: ChangeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Edit a virtual service; what is not named stays.",
            discussion: """
                EXAMPLES
                  lvsdr service edit 192.168.142.100:80 --scheduler sh --flag sh-port
                  lvsdr service edit 192.168.142.100:80 --minimum-up 2 --on-down reset
                """)

        @Argument(help: "VIP:PORTS, or with /udp behind it.")
        var service: ServiceAddress

        @Option(help: "How the real server of a new flow is picked; its flags go when it changes.")
        var scheduler: Scheduler?

        @Option(help: "A variation of the scheduler; may be given several times.")
        var flag: [SchedulerFlag] = []

        @Option(help: "How long a client keeps its real server, such as 300 or 5m.")
        var persistence: TimeArgument?

        @Option(help: "Leading bits of a client's address that count for it.")
        var persistenceMask: UInt8?

        @Flag(help: "Each flow is scheduled by itself.")
        var noPersistence = false

        @Option(help: "What becomes of the flows of a real server that is down or was removed.")
        var onDown: OnDownPolicy?

        @Option(help: "The least number of real servers that checks leave in.")
        var minimumUp: UInt32?

        @OptionGroup var director: DirectorOptions

        var change: Change {
            var edit = ServiceEdit(
                scheduler: scheduler,
                schedulerFlags: scheduler == nil && flag.isEmpty ? nil : Set(flag),
                onDown: onDown, minimumUp: minimumUp)
            if noPersistence { edit.persistence = .set(nil) }
            if let persistence {
                let bits = persistenceMask ?? UInt8(service.address.family.bitCount)
                edit.persistence = .set(
                    Persistence(timeout: persistence.seconds, prefixLength: bits))
            }
            return .editService(service, edit)
        }
    }

    struct Remove: ChangeCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a virtual service with its real servers.",
            discussion: """
                EXAMPLES
                  lvsdr service remove 192.168.142.100:80
                  lvsdr service remove [fd00::1]:53/udp
                """)

        @Argument(help: "VIP:PORTS, or with /udp behind it.")
        var service: ServiceAddress

        @OptionGroup var director: DirectorOptions

        var change: Change {
            .removeService(service)
        }
    }
}
