// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import DataPlane
import Glibc
import LVSModel

/// `lvsdr replay`.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Run a capture through the data plane, without a network.",
        discussion: """
            Says what a director with this configuration would have done with the traffic of the \
            capture: for each frame its number, its time, the verdict, the reason and the real \
            server, and at the end the totals. The code is the running director's; the capture's \
            timestamps are the clock. No root and no daemon is needed, and nothing is sent.

            Frames count as the director's own when they go to its MAC address, so take the \
            capture on the director, or name there the MAC address that it has in the capture. \
            Real servers that no --real names are down.

            --json prints one JSON object a line: {"frame": ...} for each frame, and \
            {"totals": ...} as the last line.

            Exit status: 0 when the whole capture was replayed; 64 when the command was not \
            understood, 65 when the capture is broken (what it holds before that is replayed), 66 \
            when there is none, 71 when the system refuses, 73 when the output can not be made, \
            74 when a file fails on the way, 78 when the configuration can not be followed.

            EXAMPLES
              On the director, yesterday:
                tcpdump -Q in -i eth0 -w in.pcap
              With the director's own configuration:
                lvsdr replay --config /etc/lvsdr/lvsdr.yaml \\
                  --director-mac 02:00:00:00:00:04 \\
                  --real 192.168.142.5=02:00:00:00:00:05 \\
                  --real 192.168.142.6=02:00:00:00:00:06 \\
                  --in in.pcap --out out.pcap
              With the rules of IPVS:
                ipvsadm-save -n | lvsdr replay --ipvsadm - ...
              What was dropped:
                lvsdr replay ... --json | jq -c 'select(.verdict == "DROP")'
            """)

    @Option(help: ArgumentHelp("The director's configuration file.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Rules of IPVS, as ipvsadm-save -n prints them; - for standard input.",
            valueName: "file"))
    var ipvsadm: String?

    @Option(
        help: ArgumentHelp("The director's MAC address in the capture.", valueName: "mac"),
        transform: ReplayCommand.unicast)
    var directorMAC: MACAddress

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "A real server's address and its MAC address; once for each, or several after one.",
            valueName: "rip=mac"))
    var real: [RealServerMAC] = []

    @Option(
        name: .customLong("in"),
        help: ArgumentHelp(
            "The capture: pcap or pcapng, of Ethernet; - for standard input.", valueName: "pcap"))
    var input: String

    @Option(
        name: .customLong("out"),
        help: ArgumentHelp("Where the frames sent are written to.", valueName: "pcap"))
    var output: String?

    @Flag(help: "Print JSON, an object a line.")
    var json = false

    private static func unicast(_ text: String) throws -> MACAddress {
        guard let mac = MACAddress(text), mac.isUnicast else {
            throw ValidationError("expected an interface's address such as 02:00:00:00:00:04")
        }
        return mac
    }

    func validate() throws {
        guard (config == nil) != (ipvsadm == nil) else {
            throw ValidationError("Name the configuration: either --config or --ipvsadm.")
        }
        if ipvsadm == "-", input == "-" {
            throw ValidationError("Only one of --ipvsadm and --in can be standard input.")
        }
        var known: Set<IPAddress> = []
        for server in real where !known.insert(server.address).inserted {
            throw ValidationError("--real names \(server.address) twice.")
        }
    }

    func run() throws {
        do {
            try replay()
        } catch {
            Terminal.write("lvsdr: \(error.message)\n", to: STDERR_FILENO)
            throw ExitCode(error.status)
        }
    }

    private func replay() throws(ReplayRefusal) {
        let settings =
            if let ipvsadm {
                try ReplaySettings.rules(path: ipvsadm)
            } else {
                try ReplaySettings.configuration(path: config ?? "")
            }
        let network = ReplayedNetwork(
            director: directorMAC,
            realServers: Dictionary(uniqueKeysWithValues: real.map { ($0.address, $0.mac) }))
        warn(settings)
        let run = ReplayRun(
            table: network.table(for: settings), network: network,
            style: json ? .json : .text, width: Terminal.width)
        try run.replay(input: input, output: output, flowCapacity: settings.flowCapacity)
    }

    /// Tells of a --real that nothing asks for: it may be a slip.
    private func warn(_ settings: DirectorSettings) {
        let asked = Set(settings.services.flatMap(\.realServers).map(\.address))
        for server in real where !asked.contains(server.address) {
            Terminal.write(
                "lvsdr: warning: \(server.address) is no real server of the configuration\n",
                to: STDERR_FILENO)
        }
    }
}

/// `192.168.142.5=02:00:00:00:00:05`.
struct RealServerMAC: ExpressibleByArgument {
    let address: IPAddress
    let mac: MACAddress

    init?(argument: String) {
        let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]),
            let mac = MACAddress(parts[1]), mac.isUnicast
        else { return nil }
        self.address = address
        self.mac = mac
    }
}
