// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import LVSModel
import Lab

struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the network up, with its web servers, and keep it.",
        discussion: """
            Every host has an IPv4 and an IPv6 address, and there is a VIP of each. The \
            configuration file that it writes for lvsdrd serves both.

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
                var settings = topology.settings(runtimeDirectory: network.folder(of: .director))
                settings.services.append(topology.service6)
                let file = try network.writeDirectorConfiguration(settings)
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
    let (vip, vip6) = (network.topology.vip, network.topology.vip6)
    return """
        The lab is up:

        \(describe(network.topology, serving: [vip, vip6]))

        Serve the VIPs, in one terminal:
          \(lab) shell\(option) director \(daemon) --config \(configuration)
        Ask them, in another one:
          \(lab) shell\(option) client curl http://\(vip)/
          \(lab) shell\(option) client curl -g 'http://[\(vip6)]/'
        Look at the figures:
          \(command) stats --socket \(network.folder(of: .director))/control.sock
        Be a host:
          \(lab) shell\(option) web1
        Take the lab down:
          \(lab) down\(option)
        """
}

/// The hosts, one a line.
///
/// - Parameter vips: what the director serves.
func describe(_ topology: Topology, serving vips: [IPAddress]) -> String {
    let rows = topology.hosts.map { host in
        let addresses = host.interfaces.map { "\($0.address)" }.joined(separator: ", ")
        let addresses6 = host.interfaces.map { "\($0.address6)" }.joined(separator: ", ")
        let role = role(of: host, in: topology, serving: vips)
        return [host.name.text, addresses, addresses6, role]
    }
    return table(rows)
}

private func role(
    of host: Host, in topology: Topology, serving vips: [IPAddress]
) -> String {
    if let answer = topology.answer(of: host.name) {
        return "real server: nginx answers \(answer), the VIPs are on lo"
    }
    return switch host.name {
    case .director:
        "takes what comes for the VIP " + vips.map(\.description).joined(separator: " and ")
    case .router: "gateway of the real servers"
    case .visitor: "sends requests from another network, through the router"
    case .nfs: "exports the real servers' documents"
    default: "sends requests"
    }
}
