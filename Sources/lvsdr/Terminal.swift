// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What surrounds the command: the terminal and the environment.
enum Terminal {
    struct Size: Hashable {
        var columns: Int
        var rows: Int
    }

    /// Of the terminal on standard output; nil when it is none, or does not know.
    static var size: Size? {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0,
            size.ws_row > 0
        else { return nil }
        return Size(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    /// Columns of the terminal on standard output; when it is none, what the environment variable
    /// COLUMNS says (as `watch` sets it), else 80.
    static var width: Int {
        size?.columns ?? environment("COLUMNS").flatMap { Int($0) } ?? 80
    }

    /// Whether standard output shows colours: a terminal that can, and nobody who asked for none
    /// (https://no-color.org).
    static var showsStyles: Bool {
        isatty(STDOUT_FILENO) == 1 && environment("NO_COLOR") == nil
            && environment("TERM").map { $0 != "dumb" } == true
    }

    /// A variable of the environment; nil also for an empty one.
    static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// Lines on standard output, with colours where those are shown.
    static func write(_ lines: [Line]) {
        let withStyles = showsStyles
        write(lines.map { $0.rendered(withStyles: withStyles) + "\n" }.joined())
    }

    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
        write(Array(text.utf8), to: descriptor)
    }

    /// Writes everything, or ends where the reader does not want more.
    static func write(_ bytes: [UInt8], to descriptor: Int32 = STDOUT_FILENO) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }
}
