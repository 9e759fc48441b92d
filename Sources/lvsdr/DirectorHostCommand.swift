// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import HostSetup
import LVSConfiguration
import LVSModel

/// `lvsdr director`: the host that lvsdrd runs on.
struct DirectorHostCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "director",
        abstract: "Make this host fit to be a director.",
        discussion: """
            A director is the entry of the cluster and no gateway: it does not route (ip_forward), and does \
            not tell clients of a shorter way (send_redirects). Where the host itself answers ARP for VIPs \
            (arp: host), its interface has them. The interface and the VIPs are those of lvsdrd's \
            configuration file.

            EXAMPLES
              lvsdr director apply
              lvsdr director apply --router          it routes for others, and goes on so
              lvsdr director status --config lab.yaml
              lvsdr director remove
            """,
        subcommands: [Apply.self, Status.self, Remove.self])

    static let record = "director"

    struct Options: ParsableArguments {
        @Option(help: "lvsdrd's configuration file.")
        var config = "/etc/lvsdr/lvsdr.yaml"

        @Flag(help: "This host routes for others, and goes on so.")
        var router = false

        @Flag(help: "Leave the VIPs to somebody else, such as keepalived.")
        var withoutVips = false

        @OptionGroup var setup: SetupOptions

        /// - Throws: status 78 where the file is not in order.
        func settings() throws(ExitCode) -> DirectorSettings {
            do {
                return try ConfigurationFile.read(path: config)
            } catch {
                Terminal.write("\(error)\n", to: STDERR_FILENO)
                throw ExitCode(78)
            }
        }

        func requirements(
            _ settings: DirectorSettings, _ setup: borrowing Setup
        ) -> [Requirement] {
            var vips: [IPAddress] = []
            for service in settings.services where service.arp == .host && !withoutVips {
                if !vips.contains(service.address.address) { vips.append(service.address.address) }
            }
            return Requirement.director(
                interface: settings.interface, vips: vips, isRouter: router,
                isFilterStrict: setup.isFilterStrict)
        }
    }

    struct Apply: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make it so, all or nothing; twice changes nothing.")

        @OptionGroup var options: Options

        func run() throws {
            let settings = try options.settings()
            let made = try options.setup.with(DirectorHostCommand.record) {
                setup throws(SetupError) in
                try setup.apply(options.requirements(settings, setup))
            }
            SetupOptions.tell(made)
        }
    }

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show how it should be and how it is.",
            discussion: "Exit status: 0 when all is as it should be, 2 when it is not.")

        @OptionGroup var options: Options

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let settings = try options.settings()
            let findings = try options.setup.with(DirectorHostCommand.record) {
                setup throws(SetupError) in
                try setup.status(options.requirements(settings, setup))
            }
            try SetupOptions.show(findings, json: json)
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Undo exactly what apply did.")

        @OptionGroup var options: SetupOptions

        func run() throws {
            let words = try options.with(DirectorHostCommand.record) { setup throws(SetupError) in
                try setup.remove()
            }
            SetupOptions.tellUndone(words)
        }
    }
}
