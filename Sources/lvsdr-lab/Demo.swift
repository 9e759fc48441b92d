// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Lab

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show direct routing at work: a network, lvsdrd, requests, and who replied.",
        discussion: """
            Brings a network up, serves it with the real lvsdrd, and takes all down again.

            EXAMPLES
              lvsdr-lab demo
              lvsdr-lab demo --requests 6 --web-servers 3
              lvsdr-lab demo --bin-dir .build/release
            """)

    @Option(help: "How many requests the client sends, 1 to 1000.")
    var requests = 10

    @Option(help: "The folder of lvsdrd and lvsdr; lvsdr-lab's own if not given.")
    var binDir: String?

    @Option(help: "The lab's name; one of its own if not given.")
    var name: LabName?

    @OptionGroup var options: TopologyOptions

    func validate() throws {
        guard (1...1000).contains(requests) else {
            throw ValidationError("--requests takes 1 to 1000, not \(requests)")
        }
    }

    func run() async throws {
        let programs = try Programs(in: binDir)
        let (name, topology, requests) = (name ?? .unique(), options.topology, requests)
        try await withInterruption {
            try await withLab(topology, name: name) { network in
                say("The lab is up, each host a network namespace of this machine:\n")
                say(describe(topology, serving: [topology.vip]))
                try await Demonstration(network: network, programs: programs).run(requests)
            }
            say("\nThe lab is down again.")
        }
    }
}
