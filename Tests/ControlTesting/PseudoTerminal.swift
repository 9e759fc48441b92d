// SPDX-License-Identifier: Apache-2.0

import Glibc
import Subprocess
import SystemPackage

/// A terminal for a program, with somebody who reads and types: the two ends of openpty(3).
package actor PseudoTerminal {
    /// What the program wrote, and has not been waited for yet.
    private var unread = ""
    private let person: Int32
    private let program: FileDescriptor
    package private(set) var hasEnded = false

    package struct NoTerminal: Error {}

    private init(columns: UInt16, rows: UInt16) throws {
        var (person, program): (Int32, Int32) = (-1, -1)
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        guard unsafe openpty(&person, &program, nil, nil, &size) == 0 else { throw NoTerminal() }
        _ = fcntl(person, F_SETFL, O_NONBLOCK)
        for end in [person, program] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        self.person = person
        self.program = FileDescriptor(rawValue: program)
    }

    deinit {
        close(person)
        close(program.rawValue)
    }

    /// Runs a program on a terminal that is its session's own, while `body` uses that.
    ///
    /// - Parameter words: Its name, which PATH knows, and its arguments.
    /// - Returns: its status, once it has ended; -1 after a signal.
    package static func run(
        _ words: [String], columns: UInt16, rows: UInt16,
        _ body: (PseudoTerminal) async throws -> Void
    ) async throws -> Int32 {
        let terminal = try PseudoTerminal(columns: columns, rows: rows)
        async let status = terminal.status(of: ["--ctty", "--wait"] + words)
        try await body(terminal)
        while await !terminal.hasEnded {
            await terminal.read()
            try await Task.sleep(for: .milliseconds(5))
        }
        return try await status
    }

    private func status(of words: [String]) async throws -> Int32 {
        defer { hasEnded = true }
        let result = try await Subprocess.run(
            .name("setsid"), arguments: Arguments(words),
            input: .fileDescriptor(program, closeAfterSpawningProcess: false),
            output: .fileDescriptor(program, closeAfterSpawningProcess: false),
            error: .fileDescriptor(program, closeAfterSpawningProcess: false))
        guard case .exited(let code) = result.terminationStatus else { return -1 }
        return code
    }

    /// The terminal's settings (termios), to be compared.
    package var settings: [UInt8] {
        var settings = termios()
        guard unsafe tcgetattr(person, &settings) == 0 else { return [] }
        return unsafe withUnsafeBytes(of: &settings) { unsafe Array($0) }
    }

    package func type(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(person, $0.baseAddress, $0.count) }
    }

    /// Its program is told by SIGWINCH.
    package func resize(columns: UInt16, rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = unsafe ioctl(person, UInt(TIOCSWINSZ), &size)
    }

    /// Sends a signal to the program that has the terminal.
    package func signal(_ number: Int32) {
        let group = tcgetpgrp(person)
        if group > 1 { kill(-group, number) }
    }

    /// Waits until the program has written the text.
    ///
    /// - Returns: What it wrote up to there; nil when it did not within 20 s, or ended before.
    package func wait(for text: String) async throws -> String? {
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end {
            let isLast = hasEnded
            read()
            if let found = unread.firstRange(of: text) {
                defer { unread.removeSubrange(..<found.upperBound) }
                return String(unread[..<found.upperBound])
            }
            if isLast { return nil }
            try await Task.sleep(for: .milliseconds(5))
        }
        return nil
    }

    /// What it wrote since the last time.
    package func rest() -> String {
        read()
        defer { unread = "" }
        return unread
    }

    private func read() {
        while true {
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 4_096) { buffer, count in
                count = max(0, unsafe Glibc.read(person, buffer.baseAddress, buffer.count))
            }
            guard !bytes.isEmpty else { return }
            unread += String(decoding: bytes, as: UTF8.self)
        }
    }
}
