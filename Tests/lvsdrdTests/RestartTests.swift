// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Glibc
import LVSModel
import Lab
import Testing

/// Uploads that last: each is a connection whose bytes pass the director all the time.
private struct Uploads {
    private static let count = 4
    private let network: Network
    private let clients: [RunningProcess]

    /// Returns when all of them are under way.
    static func start(_ network: Network, through daemon: DirectorDaemon) async throws -> Uploads {
        let folder = network.folder(of: .client)
        try await network.shell(.client, "head -c 4194304 /dev/urandom > \(folder)/upload")
        var clients: [RunningProcess] = []
        for number in 0..<count {
            let line = """
                exec curl -sS -f -m 60 --limit-rate 500k -T \(folder)/upload \
                http://\(network.vip)/upload/\(number)
                """
            clients.append(
                try await network.start(
                    on: .client, ["sh", "-c", line], label: "upload-\(number)"))
        }
        let uploads = Uploads(network: network, clients: clients)
        let underWay = try await eventually(within: .seconds(10)) { () throws(LabError) in
            try await daemon.answer(to: "/v1/status")?.contains("\"count\":\(count)") == true
        }
        try #require(underWay)
        return uploads
    }

    var areUnderWay: Bool { clients.allSatisfy { $0.status == nil } }

    /// Waits for their end: whole, each at one real server, and half of them at each.
    func finish() async throws {
        for client in clients {
            #expect(try await client.ended(within: .seconds(40)) == .exited(0))
        }
        for number in 1...2 {
            let documents = "\(network.folder(of: .web(number)))/documents/upload"
            let line = """
                cd \(documents) && for file in *; do \
                cmp $file \(network.folder(of: .client))/upload && echo $file; done
                """
            let whole = try await network.shell(.web(number), line)
            #expect(whole.split(separator: "\n").count == Self.count / 2)
        }
    }
}

extension InLab {
    @Suite struct RestartTests {
        /// The same services, and yet all that an index could hang on is another.
        private static func change(_ settings: inout DirectorSettings) {
            settings.workers = 3
            settings.flowCapacity = 5000
            settings.services[0].realServers.reverse()
            var other = settings.services[0]
            other.address = ServiceAddress(
                address: other.address.address, port: 22, transport: .tcp)
            settings.services.insert(other, at: 0)
        }

        @Test("after kill -9 and a start with another configuration every connection goes on")
        func killed() async throws {
            let topology = Topology(vipOnDirector: true)
            try await withDirector(topology, { $0.workers = 1 }) { network, daemon in
                let resets = try await Capture.start(
                    in: network, on: .client, "tcp[tcpflags] & tcp-rst != 0")
                let uploads = try await Uploads.start(network, through: daemon)
                try await daemon.end(by: SIGKILL)
                // Long enough for the clients to send again what the director did not take.
                try await Task.sleep(for: .seconds(1))
                let next = try await network.startDirector(Self.change)
                try await next.waitUntilServing()
                try #require(uploads.areUnderWay)
                #expect(try next.process.errors().contains("4 flows of an earlier run"))
                try await next.end(by: SIGKILL)
                let last = try await network.startDirector()
                try await last.waitUntilServing()
                try #require(uploads.areUnderWay)
                let flows = try await last.services()[0].realServers.map(\.activeFlows)
                #expect(flows == [2, 2])
                try await uploads.finish()
                #expect(try await last.frames("scheduled") == 0)
                #expect(try await resets.frames(atLeast: 1).isEmpty)
            }
        }

        @Test("a clean stop and a start keep the connections too")
        func stopped() async throws {
            try await withDirector { network, daemon in
                let uploads = try await Uploads.start(network, through: daemon)
                try await daemon.end(by: SIGTERM)
                let next = try await network.startDirector(Self.change)
                try await next.waitUntilServing()
                try await uploads.finish()
                #expect(try await next.frames("scheduled") == 0)
            }
        }

        @Test("a real server that is no longer wanted leaves no flow to another one")
        func removed() async throws {
            try await withDirector { network, daemon in
                let answers = try await network.answers(4)
                #expect(Set(answers) == ["111111", "222222"])
                try await daemon.end(by: SIGKILL)
                let next = try await network.startDirector {
                    $0.services[0].realServers.removeFirst()
                }
                try await next.waitUntilServing()
                let real = try await next.realServer(0)
                #expect(real.activeFlows + real.inactiveFlows == 2)
                #expect(Set(try await network.answers(2)) == ["222222"])
            }
        }

        @Test(
            "a damaged flow table is set aside with a warning, and the director serves",
            .withoutAcceleration)
        func damaged() async throws {
            try await withDirector { network, daemon in
                _ = try await network.answers(2)
                try await daemon.end(by: SIGKILL)
                let file = "\(daemon.settings.runtimeDirectory)/flows"
                // All of a random number: one byte of it might be what it becomes.
                try await network.shell(
                    .director, "printf xxxxxxxx | dd of=\(file) bs=1 seek=48 conv=notrunc")
                let next = try await network.startDirector()
                try await next.waitUntilServing()
                let log = try next.process.errors()
                #expect(log.contains("warning"))
                #expect(log.contains("\(file) can not be trusted"))
                #expect(log.contains("renamed to \(file).damaged"))
                try await network.shell(.director, "test -f \(file).damaged && test -f \(file)")
                #expect(Set(try await network.answers(2)) == ["111111", "222222"])
                #expect(try await next.frames("scheduled") == 2)
            }
        }
    }
}
