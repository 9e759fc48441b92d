// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Lab

struct Seed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Build a whole cluster from bare hosts, step by step, and measure what it is to be.",
        discussion: """
            Five hosts, a router and a visitor behind it: each host is made what it is to be with \
            one command, the two problems with ARP are made and mended, and what holds in a \
            cluster with direct routing is measured on the wire. The exit status is 1 where one \
            step does not hold.

            The documents come from an NFS server (nfs-ganesha). Where the kernel has no NFS \
            client the web servers fetch them with libnfs' tools, and the report says so.

            EXAMPLES
              lvsdr-lab seed
              lvsdr-lab seed --json
            """)

    @Option(help: "The folder of lvsdrd and lvsdr; lvsdr-lab's own if not given.")
    var binDir: String?

    @Flag(help: "Print the report as JSON, when all is done.")
    var json = false

    func run() async throws {
        let programs = try Programs(in: binDir)
        try SeedWalk.checkPrograms()
        let report = SeedReport(isQuiet: json)
        try await withInterruption {
            let topology = Topology(outside: true, nfs: true, bare: true)
            try await withNetwork(topology) { network in
                let walk = SeedWalk(network: network, programs: programs, report: report)
                try await walk.run()
            }
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            say(String(decoding: try encoder.encode(report.steps), as: UTF8.self))
        } else {
            say("\n\(report.steps.count { $0.holds }) of \(report.steps.count) steps hold.")
        }
        if !report.steps.allSatisfy(\.holds) { throw ExitCode(1) }
    }
}
