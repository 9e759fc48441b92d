// SPDX-License-Identifier: Apache-2.0

import ControlServer
import ControlTesting
import FoundationEssentials
import Testing

@Suite("The control socket's life")
struct SocketLifeTests {
    private func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
    }

    @Test("the socket is there while the server runs, and gone after it")
    func life() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/control.sock"
            try await serving(at: path) { path in
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect(attributes[.type] as? FileAttributeType == .typeSocket)
                #expect(attributes[.posixPermissions] as? Int == 0o660)
            }
            #expect(!exists(path))
        }
    }

    @Test("a server starts again where one has stopped")
    func again() async throws {
        try await withTemporaryDirectory { directory in
            for _ in 0..<3 {
                let said = try await serving(at: directory + "/s", phase(at:))
                #expect(said == "serving")
            }
        }
    }

    @Test("a socket that a killed director left is replaced")
    func stale() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/control.sock"
            try RawListener(at: path).close()
            #expect(exists(path))
            let said = try await serving(at: path, phase(at:))
            #expect(said == "serving")
        }
    }

    @Test("a file that is no socket is left alone")
    func inTheWay() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/control.sock"
            try Data("precious".utf8).write(to: URL(filePath: path))
            await #expect(throws: ControlServerError.notASocket(path)) {
                try await serving(at: path) { _ in }
            }
            #expect(exists(path))
        }
    }

    @Test("a path of 107 bytes is served, a longer one and none are refused")
    func length() async throws {
        try await withTemporaryDirectory { directory in
            let room = 107 - directory.utf8.count - 1
            let longest = directory + "/" + String(repeating: "s", count: room)
            let said = try await serving(at: longest, phase(at:))
            #expect(said == "serving")
            for path in [longest + "s", ""] {
                await #expect(throws: ControlServerError.unusablePath(path)) {
                    try await serving(at: path) { _ in }
                }
            }
        }
    }

    @Test("a directory that is not there is an error that names it")
    func noDirectory() async throws {
        let error = await #expect(throws: ControlServerError.self) {
            try await serving(at: "/tmp/lvsdr-nowhere/control.sock") { _ in }
        }
        #expect(
            error?.description
                == "cannot bind the control socket /tmp/lvsdr-nowhere/control.sock: "
                + "No such file or directory")
    }

    @Test("a client that does not read its answer does not hold up the stop")
    func stopWithDeafClient() async throws {
        var limits = ControlServer.Limits.patient
        limits.grace = .milliseconds(100)
        let time = try await ContinuousClock().measure {
            let deaf = try await withDirector(SampleDirector(copies: 500), limits: limits) { path in
                try await blocking {
                    let connection = try RawConnection(to: path)
                    connection.send("GET /v1/services HTTP/1.1\r\nHost: x\r\n\r\n")
                    _ = connection.receive(atMost: 1)
                    return connection
                }
            }
            deaf.close()
        }
        #expect(time < .seconds(30))
    }

    @Test("a silent client does not hold up the stop")
    func stopWithSilentClient() async throws {
        let time = try await ContinuousClock().measure {
            let silent = try await withDirector { path in
                let connection = try RawConnection(to: path)
                // Accepted after it, so the silent one is accepted by then.
                _ = try await phase(at: path)
                return connection
            }
            silent.close()
        }
        #expect(time < .seconds(30))
    }

    @Test("a stop amid a rush of clients is clean", arguments: 0..<10)
    func stopInRush(round: Int) async throws {
        let rush = try await withDirector { path in
            let rush = Task {
                try await blocking {
                    for _ in 0..<100_000 {
                        guard let connection = try? RawConnection(to: path) else { return true }
                        connection.send("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n")
                        connection.close()
                    }
                    return false
                }
            }
            _ = try await phase(at: path)
            return rush
        }
        #expect(try await rush.value)
    }
}
