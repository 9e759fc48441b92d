// SPDX-License-Identifier: Apache-2.0

import ControlTesting
import Glibc
import Testing

@testable import lvsdr

@Suite("lvsdr top, run for real", .timeLimit(.minutes(2)))
struct TopCommandTests {
    private static let enters = "\u{1B}[?1049h"
    private static let leaves = "\u{1B}[?25h\u{1B}[?1049l"

    private func words(_ socket: String, _ more: String...) throws -> [String] {
        ["env", "-u", "NO_COLOR", "TERM=xterm", try built("lvsdr"), "top", "--socket", socket]
            + more
    }

    @Test("draws on the alternate screen, sorts, drains, follows the terminal's size, and quits")
    func keys() async throws {
        let director = SampleDirector()
        try await withDirector(director) { socket in
            let status = try await PseudoTerminal.run(words(socket), columns: 120, rows: 30) {
                terminal in
                let before = await terminal.settings
                _ = try #require(try await terminal.wait(for: Self.enters))
                _ = try #require(try await terminal.wait(for: "\u{1B}[7m> 192.168.142.5 "))
                #expect(await terminal.settings != before)
                await terminal.type("n")
                _ = try #require(try await terminal.wait(for: "Sorted by name"))
                await terminal.type("\u{1B}[Bd")
                _ = try #require(try await terminal.wait(for: "Drain 192.168.142.6 of TCP"))
                await terminal.type("y")
                _ = try #require(try await terminal.wait(for: ": in force"))
                await terminal.resize(columns: 40, rows: 8)
                let drawn = try #require(
                    try await terminal.wait(for: "drain of 192.168.142.6 of TCP 192.168..."))
                #expect(drawn.contains("\u{1B}[2J"))
                // Nobody could let this session go on, so that the kernel does not stop it.
                await terminal.type("\u{1A}")
                _ = try #require(try await terminal.wait(for: Self.leaves + Self.enters))
                await terminal.type("q")
                _ = try #require(try await terminal.wait(for: Self.leaves))
            }
            #expect(status == 0)
        }
        #expect(director.changes.map { $0.contains("192.168.142.6") } == [true])
    }

    @Test(
        "however it ends, the terminal is as it was",
        arguments: ["q", "\u{03}", "?\u{03}", "SIGTERM", "SIGINT", "SIGHUP"])
    func restores(end: String) async throws {
        let signals = ["SIGTERM": SIGTERM, "SIGINT": SIGINT, "SIGHUP": SIGHUP]
        try await withDirector { socket in
            let status = try await PseudoTerminal.run(words(socket), columns: 80, rows: 24) {
                terminal in
                let before = await terminal.settings
                _ = try #require(try await terminal.wait(for: "q quit"))
                if let signal = signals[end] {
                    await terminal.signal(signal)
                } else {
                    await terminal.type(end)
                }
                _ = try #require(try await terminal.wait(for: Self.leaves))
                while await !terminal.hasEnded { try await Task.sleep(for: .milliseconds(5)) }
                #expect(await terminal.settings == before)
                #expect(await terminal.rest() == "")
            }
            #expect(status == 0)
        }
    }

    @Test("a director that goes away is told of, and the keys still work")
    func withoutDirector() async throws {
        try await withTemporaryDirectory { directory in
            let socket = directory + "/control.sock"
            let (stops, stop) = AsyncStream<Never>.makeStream()
            async let served: Void = serving(at: socket) { _ in for await _ in stops {} }
            while unsafe access(socket, F_OK) != 0 { try await Task.sleep(for: .milliseconds(5)) }
            let status = try await PseudoTerminal.run(words(socket), columns: 200, rows: 24) {
                terminal in
                _ = try #require(try await terminal.wait(for: "1 problem"))
                stop.finish()
                _ = try #require(try await terminal.wait(for: "NO NEW FIGURES: cannot reach"))
                await terminal.type("q")
                _ = try #require(try await terminal.wait(for: Self.leaves))
            }
            #expect(status == 0)
            try await served
        }
    }

    @Test("where it cannot ask at all, it says so without a screen of its own")
    func neverThere() async throws {
        let words = try words("/tmp/lvsdr-nowhere/s")
        let status = try await PseudoTerminal.run(words, columns: 80, rows: 24) { terminal in
            let text = try #require(try await terminal.wait(for: "no such file"))
            #expect(!text.contains("\u{1B}"))
        }
        #expect(status == 1)
    }

    @Test(
        "colour is for terminals, and for those who did not ask for none",
        arguments: [("", true), ("NO_COLOR=1", false), ("TERM=dumb", false)])
    func colour(variable: String, isColoured: Bool) async throws {
        try await withDirector { socket in
            let environment =
                ["env", "-u", "NO_COLOR", "TERM=xterm"] + (variable.isEmpty ? [] : [variable])
            for command in ["status", "stats"] {
                let words = environment + [try built("lvsdr"), command, "--socket", socket]
                _ = try await PseudoTerminal.run(words, columns: 100, rows: 24) { terminal in
                    let text = try #require(try await terminal.wait(for: "192.168.142.7:53"))
                    #expect(text.contains("\u{1B}[1;31m") == isColoured)
                    #expect(text.contains("down"))
                }
                let plain = try await run(words)
                #expect(!plain.output.contains("\u{1B}"))
            }
        }
    }

    @Test("without a terminal it prints plain tables, as many as asked for")
    func batch() async throws {
        try await withDirector { socket in
            for more in [["--count", "2"], ["-b", "-n", "2", "--sort", "name"]] {
                let result = try await run(try words(socket) + more)
                #expect(result.status == 0, "\(result.errors)")
                #expect(result.output.split(separator: "Director active").count == 2)
                #expect(!result.output.contains("\u{1B}"))
            }
        }
    }

    @Test("tables end when nobody reads them any more")
    func closedPipe() async throws {
        try await withDirector { socket in
            let words = try words(socket, "--batch").joined(separator: " ")
            let result = try await run(["sh", "-c", "\(words) | head -n 1"])
            #expect(result.output.hasPrefix("Director active"))
        }
    }
}
