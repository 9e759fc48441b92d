// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import HostSetup
import LVSModel

/// `lvsdr realserver`: on a real server, not on the director.
struct RealServerHostCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "realserver",
        abstract: "Make this host a real server: the VIP on lo, and silence about it in ARP.",
        discussion: """
            A real server takes packets for the VIP, and must never say so: it has the VIP on lo, does \
            not answer ARP for it (arp_ignore), and does not name it when it asks itself (arp_announce). \
            Otherwise clients or routers send to it past the director.

            EXAMPLES
              lvsdr realserver apply --vip 192.168.142.100
              lvsdr realserver apply --vip 192.168.142.100 --vip fd00:8e::100 --persist
              lvsdr realserver status --vip 192.168.142.100
              lvsdr realserver remove
              lvsdr realserver script --vip 192.168.142.100 | ssh root@web1 sh
            """,
        subcommands: [Apply.self, Status.self, Remove.self, Script.self])

    static let record = "realserver"

    struct Addresses: ParsableArguments {
        @Option(help: "A virtual IP address; may be given several times.")
        var vip: [IPAddress] = []

        @Option(help: "An interface that faces the director; may be given several times.")
        var interface: [String] = []

        func requirements(_ vips: [IPAddress]) -> [Requirement] {
            Requirement.realServer(vips: vips, interfaces: interface)
        }
    }

    struct GivenAddresses: ParsableArguments {
        @OptionGroup var given: Addresses

        var vips: [IPAddress] { given.vip }

        func validate() throws {
            if vips.isEmpty { throw ValidationError("which VIP? Say --vip ADDRESS.") }
        }

        func requirements(_ vips: [IPAddress]) -> [Requirement] { given.requirements(vips) }
    }

    struct Apply: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make it so, all or nothing; twice changes nothing.")

        @OptionGroup var addresses: GivenAddresses

        @Flag(help: "Also after the next boot: writes sysctl.d and enables \(Persistence.unit).")
        var persist = false

        @Option(help: ArgumentHelp("What stands for / with --persist.", valueName: "folder"))
        var root = "/"

        @OptionGroup var options: SetupOptions

        func run() throws {
            let made = try options.with(RealServerHostCommand.record) { setup throws(SetupError) in
                let made = try setup.apply(addresses.requirements(addresses.vips))
                if persist {
                    let vips =
                        setup.addresses + addresses.vips.filter { !setup.addresses.contains($0) }
                    try Persistence(root: root).write(addresses.requirements(vips), vips: vips)
                }
                return made
            }
            SetupOptions.tell(made)
            if persist { try Service.run(["enable", Persistence.unit], root: root) }
        }
    }

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show how it should be and how it is.",
            discussion: """
                Without --vip: of the VIPs that apply gave. Exit status: 0 when all is as it should be, \
                2 when it is not.
                """)

        @OptionGroup var addresses: Addresses

        @Flag(help: "Print JSON.")
        var json = false

        @OptionGroup var options: SetupOptions

        func run() throws {
            let findings = try options.with(RealServerHostCommand.record) {
                setup throws(SetupError) in
                let vips = addresses.vip.isEmpty ? setup.addresses : addresses.vip
                return try setup.status(addresses.requirements(vips))
            }
            if findings.isEmpty {
                Terminal.write(
                    "lvsdr: no VIP was applied here; say --vip ADDRESS\n", to: STDERR_FILENO)
                throw ExitCode(64)
            }
            try SetupOptions.show(findings, json: json)
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Undo exactly what apply did.",
            discussion: "With --vip: only those; the settings go with the last one.")

        @Option(help: "Only this one; may be given several times.")
        var vip: [IPAddress] = []

        @Flag(help: "The next boot brings back what apply --persist wrote.")
        var untilBoot = false

        @Option(help: ArgumentHelp("What stood for / with --persist.", valueName: "folder"))
        var root = "/"

        @OptionGroup var options: SetupOptions

        func run() throws {
            let (words, isPersistent) = try options.with(RealServerHostCommand.record) {
                setup throws(SetupError) in
                let words = try setup.remove(vip)
                let left = setup.addresses
                guard !untilBoot else { return (words, false) }
                guard left.isEmpty else {
                    try Persistence(root: root).keep(Requirement.realServer(vips: left), vips: left)
                    return (words, false)
                }
                return (words, try Persistence(root: root).remove())
            }
            SetupOptions.tellUndone(words)
            if isPersistent { try Service.run(["disable", Persistence.unit], root: root) }
        }
    }

    struct Script: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the same as a plain shell script.",
            discussion: """
                For a host where lvsdr is not installed. The script takes apply (the default), status or \
                remove, and needs nothing but sh and ip.
                """)

        @OptionGroup var addresses: GivenAddresses

        func run() {
            let vips = addresses.vips.map { "\($0)" }.joined(separator: " ")
            Terminal.write(
                SetupScript.text(
                    addresses.requirements(addresses.vips),
                    title: "A real server of \(vips); printed by `lvsdr realserver script`.",
                    record: "/run/lvsdr-realserver"))
        }
    }
}
