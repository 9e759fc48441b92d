// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import LVSModel
import NIOCore
import NIOPosix
import Testing

@testable import HealthChecks

@Suite struct SocketProbeTests {
    private static let loops = MultiThreadedEventLoopGroup.singleton

    /// Says what it is told to say to each connection, and answers each piece with the next text.
    private final class Speaker: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private var texts: ArraySlice<String>

        init(_ texts: [String]) {
            self.texts = texts[...]
        }

        func channelActive(context: ChannelHandlerContext) { say(context) }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { say(context) }

        private func say(_ context: ChannelHandlerContext) {
            guard let text = texts.popFirst() else { return }
            context.writeAndFlush(
                NIOAny(context.channel.allocator.buffer(string: text)), promise: nil)
        }
    }

    private func ask(
        _ kind: CheckKind, port: Int, at address: String = "127.0.0.1",
        timeout: Duration = .seconds(10)
    ) async throws -> CheckOutcome {
        let address = try #require(IPAddress(address))
        let service = ServiceAddress(address: address, port: 80, transport: .tcp)
        return try await Probes().run(
            kind,
            ProbeQuestion(
                service: service, realServer: address, port: UInt16(port), mark: nil,
                timeout: timeout))
    }

    private func listening(
        _ texts: String..., body: (Int) async throws -> Void
    ) async throws {
        let server = try await ServerBootstrap(group: Self.loops)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Speaker(texts))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        try await body(try #require(server.localAddress?.port))
        try await server.close()
    }

    @Test("a connection is a pass, a closed port is refused")
    func tcp() async throws {
        try await listening { port in
            let outcome = try await ask(.tcp, port: port)
            #expect(outcome == .passed(weight: nil))
        }
        // One that was just given back soon belongs to a test beside this one.
        let refused = try await ask(.tcp, port: 1)
        #expect(refused == .unanswered("connection refused"))
    }

    @Test(
        "a mail server greets and knows HELO",
        arguments: [
            (["220 a\r\n", "250 b\r\n"], nil), (["220-a\r\n220 b\r\n", "250-c\r\n250 d\r\n"], nil),
            (["554 no\r\n"], "\"554 no\", expected 220"),
            (["220 a\r\n", "500 what\r\n"], "\"500 what\", expected 250"),
            ([String(repeating: "x", count: 20_000)], "a reply of more than 16384 bytes"),
            (["220-a\r\n"], "no answer in 300 ms"),
        ] as [([String], String?)])
    func smtp(texts: [String], cause: String?) async throws {
        let server = try await ServerBootstrap(group: Self.loops)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Speaker(texts))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let isSilent = cause?.hasPrefix("no answer") == true
        let outcome = try await ask(
            .smtp(SMTPCheck()), port: port, timeout: isSilent ? .milliseconds(300) : .seconds(10))
        #expect(outcome == (cause.map { .failed($0) } ?? .passed(weight: nil)))
        try await server.close()
    }

    @Test(
        "this host answers an echo request", .enabled("needs CAP_NET_RAW") { geteuid() == 0 },
        arguments: ["127.0.0.1", "::1"])
    func icmp(address: String) async throws {
        #expect(try await ask(.icmp, port: 0, at: address) == .passed(weight: nil))
    }

    @Test("silence over UDP is a failure where an answer is due")
    func udp() async throws {
        let silent = try await DatagramBootstrap(group: Self.loops).bind(host: "127.0.0.1", port: 0)
            .get()
        let port = try #require(silent.localAddress?.port)
        let time = Duration.milliseconds(200)
        let check = UDPCheck(payload: [1])
        #expect(
            try await ask(.udp(check), port: port, timeout: time)
                == .unanswered("no answer in 200 ms"))
        #expect(
            try await ask(
                .udp(UDPCheck(payload: [1], requiresReply: false)), port: port, timeout: time)
                == .passed(weight: nil))
        try await silent.close()
    }

    @Test("a program's status is the answer, and at the deadline its children go with it")
    func exec() async throws {
        func run(_ line: String, setsWeight: Bool = false, _ timeout: Duration = .seconds(20))
            async throws -> CheckOutcome
        {
            try await ask(
                .exec(
                    ExecCheck(
                        program: "/bin/sh", arguments: ["-c", line], setsWeight: setsWeight)),
                port: 80, timeout: timeout)
        }
        #expect(try await run("exit 0") == .passed(weight: nil))
        #expect(try await run("exit 3") == .failed("exit status 3"))
        #expect(try await run("exit 12", setsWeight: true) == .passed(weight: 10))
        #expect(try await run("exit 1", setsWeight: true) == .failed("exit status 1"))
        let file = "/tmp/lvsdr-exec-\(UInt64.random(in: 0 ... .max))"
        defer { unsafe unlink(file) }
        // Long after any deadline, however late that is on a busy machine.
        let line = "sleep 300 & echo $! > \(file); wait"
        #expect(
            try await run(line, .seconds(2)) == .failed("no answer in 2 s"))
        let grandchild = try #require(
            Int(String(contentsOfFile: file, encoding: .utf8).filter(\.isNumber)))
        // Whoever adopts it may take its time to bury it: then it has no words any more.
        func isAlive() -> Bool {
            let words = try? String(contentsOfFile: "/proc/\(grandchild)/cmdline", encoding: .utf8)
            return words?.isEmpty == false
        }
        for _ in 0..<1000 where isAlive() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(!isAlive())
    }

    @Test("a file is there, and a number in it is the weight")
    func file() async throws {
        let path = "/tmp/lvsdr-file-\(UInt64.random(in: 0 ... .max))"
        defer { unsafe unlink(path) }
        func write(_ text: String) throws {
            let file = unsafe try #require(unsafe fopen(path, "w"))
            unsafe fputs(text, file)
            unsafe fclose(file)
        }
        let check = CheckKind.file(FileCheck(path: path))
        #expect(try await ask(check, port: 0) == .failed("\(path): No such file or directory"))
        try write("")
        #expect(try await ask(check, port: 0) == .passed(weight: nil))
        try write("17\n")
        #expect(try await ask(check, port: 0) == .passed(weight: 17))
        try write("many")
        guard case .failed = try await ask(check, port: 0) else {
            Issue.record("a word passed as a weight")
            return
        }
        #expect(
            try await ask(.file(FileCheck(path: "/dev/zero")), port: 0)
                == .failed("/dev/zero is no regular file"))
    }
}
