// SPDX-License-Identifier: Apache-2.0

import ControlClient
import ControlMessages
import ControlServer
import ControlTesting
import Glibc
import LVSModel
import Testing

@Suite("A capture over the control socket")
struct CaptureStreamTests {
    private func curl(_ socket: String, _ path: String) async throws -> ProgramResult {
        try await run([
            "curl", "-sSi", "-m", "60", "--unix-socket", socket, "http://localhost\(path)",
        ])
    }

    /// The blocks of a capture that the client was handed, and whether the director ended it.
    private func capture(
        _ request: CaptureRequest, at socket: String
    ) async throws -> (blocks: [PcapngReader.Block], isWhole: Bool) {
        try await blocking {
            final class Received {
                var bytes: [UInt8] = []
            }
            let received = Received()
            let client = ControlClient(socket: socket, timeoutMilliseconds: 60_000)
            let isWhole = try client.capture(request, stopDescriptor: -1) {
                received.bytes += $0
                return true
            }
            var reader = PcapngReader()
            return (try reader.read(received.bytes), isWhole)
        }
    }

    private func packets(_ blocks: [PcapngReader.Block]) -> [CapturedPacketMessage] {
        blocks.compactMap { if case .packet(let packet) = $0.content { packet } else { nil } }
    }

    @Test(
        "the file has all frames, then how many there were and were missed", arguments: [3, 2_000])
    func whole(frames: Int) async throws {
        let session = SampleCapture(frames: frames)
        try await withDirector(SampleDirector(session: session)) { socket in
            let (blocks, isWhole) = try await capture(CaptureRequest(), at: socket)
            #expect(isWhole)
            let packets = packets(blocks)
            #expect(packets.count == 2 * frames)
            #expect(packets[0].comment == "TX scheduled 192.168.142.5:80")
            #expect(packets.map(\.isSent) == (0..<2 * frames).map { $0 % 2 == 1 })
            #expect(
                blocks.last?.content == .statistics(captured: UInt64(frames), missed: 7))
        }
        #expect(await session.ends == 1)
    }

    @Test("it is sent as pcapng, and closes")
    func head() async throws {
        try await withDirector { socket in
            let answer = try await curl(socket, "/v1/capture?count=1")
            #expect(answer.output.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.output.contains("\r\nContent-Type: application/x-pcapng\r\n"))
            #expect(answer.output.contains("\r\nConnection: close\r\n"))
            #expect(answer.status == 0)
        }
    }

    @Test("the count ends it, with the last frame as it came and as it went")
    func count() async throws {
        let session = SampleCapture(frames: 100, isEndless: true)
        try await withDirector(SampleDirector(session: session)) { socket in
            let (blocks, isWhole) = try await capture(CaptureRequest(count: 5), at: socket)
            #expect(isWhole)
            #expect(packets(blocks).count == 10)
            #expect(blocks.last?.content == .statistics(captured: 5, missed: 7))
        }
        #expect(await session.ends == 1)
    }

    @Test("the duration ends it")
    func duration() async throws {
        let session = SampleCapture(frames: 2, isEndless: true)
        let time = try await ContinuousClock().measure {
            try await withDirector(SampleDirector(session: session)) { socket in
                let (blocks, isWhole) = try await capture(CaptureRequest(duration: 1), at: socket)
                #expect(isWhole)
                #expect(packets(blocks).count == 4)
            }
        }
        #expect(time >= .seconds(1))
        #expect(await session.ends == 1)
    }

    /// Serves with longer and longer lives of a connection until `body` is content: on a machine that
    /// is busy with other tests, a short one may be over before the request is read.
    private func tryingLifetimes(
        _ body: (Duration, SampleCapture, String) async throws -> Bool
    ) async throws -> Bool {
        for milliseconds in [500, 2_000, 8_000, 32_000] {
            let session = SampleCapture(frames: 100_000_000, isEndless: true)
            var limits = ControlServer.Limits.patient
            limits.lifetime = .milliseconds(milliseconds)
            let isContent = try await withDirector(
                SampleDirector(session: session), limits: limits
            ) { try await body(limits.lifetime, session, $0) }
            if isContent { return true }
        }
        return false
    }

    @Test("a connection's own time does not end it")
    func lifetime() async throws {
        let isOutlived = try await tryingLifetimes { lifetime, _, socket in
            try await blocking {
                let connection = try RawConnection(to: socket)
                defer { connection.close() }
                connection.send("GET /v1/capture?count=10000000 HTTP/1.1\r\nHost: x\r\n\r\n")
                let end = ContinuousClock.now + lifetime + .milliseconds(500)
                while connection.receive()?.isEmpty == false {
                    if ContinuousClock.now >= end { return true }
                }
                return false
            }
        }
        #expect(isOutlived)
    }

    @Test("a second capture is a 409 problem, and has its turn when the first has ended")
    func second() async throws {
        let session = SampleCapture(frames: 1, isEndless: true)
        try await withDirector(SampleDirector(session: session)) { socket in
            let first = try RawConnection(to: socket)
            first.send("GET /v1/capture HTTP/1.1\r\nHost: x\r\n\r\n")
            let begin = try await blocking { first.receive() }
            #expect(begin?.isEmpty == false)
            let answer = try await curl(socket, "/v1/capture?count=1")
            #expect(answer.output.hasPrefix("HTTP/1.1 409 Conflict\r\n"))
            #expect(answer.output.contains("a capture is running already"))
            first.close()
            let deadline = ContinuousClock.now + .seconds(30)
            while await session.ends == 0 {
                try #require(ContinuousClock.now < deadline, "the capture outlives its client")
                try await Task.sleep(for: .milliseconds(5))
            }
            let next = try await capture(CaptureRequest(count: 1), at: socket)
            #expect(next.isWhole)
        }
    }

    @Test("a client that does not read is cut off, and the capture with it")
    func deaf() async throws {
        let isCutOff = try await tryingLifetimes { lifetime, session, socket in
            let connection = try RawConnection(to: socket)
            defer { connection.close() }
            connection.send("GET /v1/capture?duration=1 HTTP/1.1\r\nHost: x\r\n\r\n")
            let end = ContinuousClock.now + lifetime + .seconds(2)
            while await session.ends == 0, ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(5))
            }
            return await session.ends == 1
        }
        #expect(isCutOff)
    }

    @Test("the server's stop ends a capture")
    func stop() async throws {
        let session = SampleCapture(frames: 1, isEndless: true)
        var limits = ControlServer.Limits.patient
        limits.grace = .milliseconds(100)
        let connection = try await withDirector(
            SampleDirector(session: session), limits: limits
        ) { socket in
            let connection = try RawConnection(to: socket)
            connection.send("GET /v1/capture HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await blocking { connection.receive() }
            return connection
        }
        connection.close()
        let deadline = ContinuousClock.now + .seconds(30)
        while await session.ends == 0 {
            try #require(ContinuousClock.now < deadline, "the capture outlives the server")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test("the client's stop descriptor ends it at once")
    func stopDescriptor() async throws {
        let session = SampleCapture(frames: 1, isEndless: true)
        try await withDirector(SampleDirector(session: session)) { socket in
            let isWhole = try await blocking {
                var ends: [Int32] = [-1, -1]
                try #require(unsafe pipe(&ends) == 0)
                let (readEnd, writeEnd) = (ends[0], ends[1])
                defer { [readEnd, writeEnd].forEach { close($0) } }
                let client = ControlClient(socket: socket, timeoutMilliseconds: 60_000)
                return try client.capture(CaptureRequest(), stopDescriptor: readEnd) { _ in
                    unsafe write(writeEnd, [1], 1) == 1
                }
            }
            #expect(!isWhole)
        }
    }

    @Test(
        "what is wrong is a problem that says what would be right",
        arguments: [
            ("service=1.2.3.4:81", 404, "there is no virtual service TCP 1.2.3.4:81; there are"),
            ("count=0", 400, "count is '0'; expected a whole number of 1...10000000"),
            ("moon=1", 400, "there is no parameter 'moon'; there are count, duration"),
            ("count=1&count=2", 400, "count is given twice"),
            ("service=%FF", 400, "expected VIP:PORT"),
        ])
    func refused(query: String, status: Int, detail: String) async throws {
        let session = SampleCapture()
        try await withDirector(SampleDirector(session: session)) { socket in
            let answer = try await curl(socket, "/v1/capture?\(query)")
            #expect(answer.output.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.output.contains(detail))
            #expect(answer.output.contains("application/problem+json"))
        }
        #expect(await session.ends == 0)
    }

    @Test("it can be read only", arguments: ["POST", "HEAD"])
    func methods(method: String) async throws {
        try await withDirector { socket in
            let answer = try await run([
                "curl", "-sS", "-m", "60", "-o", "/dev/null", "-D", "-", "-X", method,
                "--unix-socket", socket, "http://localhost/v1/capture",
            ])
            #expect(answer.output.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\n"))
            #expect(answer.output.contains("\r\nAllow: GET\r\n"))
        }
    }
}
