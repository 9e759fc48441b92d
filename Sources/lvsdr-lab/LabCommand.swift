// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import LVSModel
import Lab

@main
struct LabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lvsdr-lab",
        abstract: "A network to play with: client, director, real servers, on one machine.",
        discussion: """
            Each host is a network namespace with an address of its own. The machine's own \
            network is never touched, and nothing is left when the lab is down. It needs root.

            EXAMPLES
              lvsdr-lab demo            see direct routing work, from start to end
              lvsdr-lab up              bring the network up and keep it
              lvsdr-lab shell client    be the client
              lvsdr-lab seed            build a cluster from bare hosts, step by step
              lvsdr-lab break           make a fault, and see who notices
              lvsdr-lab down            take the network down
            """,
        version: Version.current,
        subcommands: [
            Demo.self, Up.self, Down.self, ShellCommand.self, Break.self, Heal.self, Seed.self,
            BenchCommand.self,
        ])
}

/// Which lab a command is for.
struct NameOption: ParsableArguments {
    @Option(help: "The lab's name: up to 16 letters of a...z and digits.")
    var name = LabName.byHand
}

/// What the lab looks like.
struct TopologyOptions: ParsableArguments {
    @Option(help: "How many real servers there are, 1 to 90.")
    var webServers = 2

    @Flag(help: "Put the real servers in a second network, with a router as their gateway.")
    var twoArm = false

    @Flag(help: "Add a client in another network, behind a router.")
    var outside = false

    @Flag(help: "Let the director's eth0 hold the VIP (arp: host).")
    var vipOnDirector = false

    @Flag(help: "Send frames as a network card delivers them, for XDP acceleration.")
    var xdp = false

    func validate() throws {
        guard Topology.webServerRange.contains(webServers) else {
            throw ValidationError("--web-servers takes 1 to 90, not \(webServers)")
        }
    }

    var topology: Topology {
        Topology(
            webServers: webServers, arms: twoArm ? .two : .one, vipOnDirector: vipOnDirector,
            outside: outside, xdp: xdp)
    }
}
