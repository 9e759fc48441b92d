// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Lab

struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the network up, with its web servers, and keep it.",
        discussion: """
            EXAMPLES
              lvsdr-lab up
              lvsdr-lab up --web-servers 4
              lvsdr-lab up --name second --two-arm
            """)

    @OptionGroup var lab: NameOption
    @OptionGroup var options: TopologyOptions

    func run() async throws {
        let (name, topology) = (lab.name, options.topology)
        try await withInterruption {
            try await withLab(topology, name: name, asDaemons: true) { network in
                let file = try network.writeDirectorConfiguration()
                try await network.keep()
                say(howToPlay(with: network, configuration: file))
            }
        }
    }
}

/// What to do in a lab that is up.
private func howToPlay(with network: Network, configuration: String) -> String {
    let lab = CommandLine.arguments.first ?? "lvsdr-lab"
    let option = network.name == .byHand ? "" : " --name \(network.name)"
    let programs = try? Programs()
    let daemon = programs?.daemon ?? "lvsdrd"
    let command = programs?.command ?? "lvsdr"
    let vip = network.topology.vip
    return """
        The lab is up:

        \(describe(network.topology))

        Serve the VIP, in one terminal:
          \(lab) shell\(option) director \(daemon) --config \(configuration)
        Ask it, in another one:
          \(lab) shell\(option) client curl http://\(vip)/
        Look at the figures:
          \(command) stats --socket \(network.folder(of: .director))/control.sock
        Be a host:
          \(lab) shell\(option) web1
        Take the lab down:
          \(lab) down\(option)
        """
}

/// The hosts, one a line.
func describe(_ topology: Topology) -> String {
    let rows = topology.hosts.map { host in
        let addresses = host.interfaces.map { "\($0.address)" }.joined(separator: ", ")
        return [host.name.text, addresses, role(of: host, in: topology)]
    }
    return table(rows)
}

private func role(of host: Host, in topology: Topology) -> String {
    if let answer = topology.answer(of: host.name) {
        return "real server: nginx answers \(answer), the VIP is on lo"
    }
    return switch host.name {
    case .director: "takes what comes for the VIP \(topology.vip)"
    case .router: "gateway of the real servers"
    default: "sends requests"
    }
}
