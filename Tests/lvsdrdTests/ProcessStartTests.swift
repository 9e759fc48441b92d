// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

@testable import lvsdrd

@Suite("When processes began")
struct ProcessStartTests {
    private static let fields =
        " S " + (4...21).map(String.init).joined(separator: " ") + " 4711 23"

    @Test("it is the field behind a name of any kind", arguments: ["sh", "a b", ") 1 (", ""])
    func names(name: String) {
        #expect(ProcessStart.ticks(in: "913 (\(name))" + Self.fields) == 4711)
    }

    @Test(
        "what is no line of a process says nothing", arguments: ["", "913 (sh", "913 (sh) S 4 5"])
    func others(text: String) {
        #expect(ProcessStart.ticks(in: text) == nil)
    }

    @Test("this process began after the first one")
    func own() throws {
        let own = try #require(ProcessStart.ticks(of: getpid()))
        #expect(own >= ProcessStart.ticks(of: 1) ?? .max)
        #expect(ProcessStart.ticks(of: -1) == nil)
    }

    @Test("a process that has lived for more than a minute is no command")
    func commands() throws {
        let child = Process()
        child.executableURL = URL(filePath: "/bin/sleep")
        child.arguments = ["60"]
        try child.run()
        defer { child.terminate() }
        let process = child.processIdentifier
        #expect(ProcessStart.ticks(ofCommand: process) == ProcessStart.ticks(of: process))
        let uptime = try String(contentsOfFile: "/proc/uptime", encoding: .utf8)
        let seconds = try #require(Double(uptime.prefix { $0 != " " }))
        if seconds > 90 { #expect(ProcessStart.ticks(ofCommand: 1) == nil) }
    }
}
