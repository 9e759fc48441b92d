// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Lab

extension InNamespaces {
    struct LifetimeTests {
        @Test("nothing is left of a lab that is down")
        func down() async throws {
            let network = try await Network.up()
            try await network.startWebServers()
            let process = try await network.start(on: .client, ["sleep", "600"], label: "sleep")
            #expect(Traces(of: network.name) == Traces(namespaces: 5, folder: true))
            try await network.down()
            #expect(process.status == .killed(signal: SIGTERM))
            #expect(Traces(of: network.name) == .none)
            try await network.down()
        }

        @Test("nothing is left of a lab whose work fails")
        func failure() async throws {
            let name = LabName.unique()
            await #expect(throws: LabError.noSuchInterface("eth7", on: .client)) {
                try await withNetwork(name: name) { network in
                    try await network.counters(of: .client, interface: "eth7")
                }
            }
            #expect(Traces(of: name) == .none)
        }

        @Test("nothing is left of a lab that is cancelled, at whatever moment", arguments: 0..<8)
        func cancellation(_ moment: Int) async throws {
            let name = LabName.unique()
            let task = Task {
                try await withNetwork(name: name) { _ in try await Task.sleep(for: .seconds(60)) }
            }
            try await Task.sleep(for: .milliseconds(30 * moment))
            task.cancel()
            await #expect(throws: (any Error).self) { try await task.value }
            #expect(Traces(of: name) == .none)
        }

        @Test("what a started process left running goes with the lab, whatever it takes")
        func stubborn() async throws {
            let network = try await Network.up()
            let process = try await network.start(
                on: .web(1), ["sh", "-c", "trap '' TERM; sleep 600 & echo $!; wait"],
                label: "stubborn", grace: .milliseconds(20))
            let started = try await eventually(within: .seconds(5)) { () throws(LabError) in
                try process.output().hasSuffix("\n")
            }
            #expect(started)
            let child = try #require(Int32(try process.output().dropLast()))
            try await network.down()
            #expect(process.status == .killed(signal: SIGKILL))
            #expect(!isRunning(child))
            #expect(Traces(of: network.name) == .none)
        }

        @Test("a name that is taken is refused, and its lab goes on")
        func taken() async throws {
            try await withNetwork { network in
                await #expect(throws: LabError.inUse(network.name, owner: getpid())) {
                    try await Network.up(name: network.name)
                }
                await #expect(throws: LabError.inUse(network.name, owner: getpid())) {
                    try await Network.down(network.name)
                }
                try await network.succeed(on: .client, ["true"])
            }
        }

        @Test("a namespace that no lab made is left alone")
        func foreign() async throws {
            let name = LabName.unique()
            let namespace = name.namespace(of: .client)
            try await Command.succeed(["ip", "netns", "add", namespace])
            await #expect(throws: LabError.foreignNamespace(namespace)) {
                try await Network.up(name: name)
            }
            #expect(Traces(of: name) == Traces(namespaces: 1, folder: false))
            await #expect(throws: LabError.notUp(name)) { try await Network.down(name) }
            #expect(Traces(of: name) == Traces(namespaces: 1, folder: false))
            try await Command.succeed(["ip", "netns", "delete", namespace])
        }

        @Test("a lab that was given away stays until it is taken down")
        func kept() async throws {
            let network = try await Network.up()
            try await network.startWebServers(asDaemons: true)
            try await network.keep()
            try await network.down()
            #expect(Traces(of: network.name) == Traces(namespaces: 5, folder: true))
            await #expect(throws: LabError.inUse(network.name, owner: nil)) {
                try await Network.up(name: network.name)
            }
            let url = "http://\(network.topology[.web(1)].address)/"
            #expect(try await network.succeed(on: .client, ["curl", "-s", url]) == "111111\n")
            try await Network.down(network.name)
            #expect(Traces(of: network.name) == .none)
        }
    }
}

/// What of a lab is to be seen on the machine.
struct Traces: Equatable {
    let namespaces: Int
    let folder: Bool

    static let none = Traces(namespaces: 0, folder: false)

    init(namespaces: Int, folder: Bool) {
        self.namespaces = namespaces
        self.folder = folder
    }

    init(of name: LabName) {
        namespaces = Files.list("/run/netns").filter { $0.hasPrefix("lvsdr-\(name)-") }.count
        folder = Files.exists("/run/lvsdr-lab/\(name)")
    }
}

/// False also for a process that has ended and waits to be reaped.
func isRunning(_ process: Int32) -> Bool {
    let status = (try? Files.read("/proc/\(process)/status", limit: 4096)) ?? ""
    let state = status.split(separator: "\n").first { $0.hasPrefix("State:") }
    return state.map { !$0.contains("Z") } ?? false
}
