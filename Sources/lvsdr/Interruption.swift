// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Dispatch
import Glibc

/// Ctrl-C, SIGTERM and a closed terminal as something to wait for, rather than the program's end.
struct Interruption {
    /// Readable once one of them came; open until the program ends.
    let descriptor: Int32
    private let sources: [any DispatchSourceSignal]

    init() throws(ExitCode) {
        let (reading, wakeEnd) = try Self.pipe()
        descriptor = reading
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { Terminal.write("!", to: wakeEnd) }
            source.resume()
            return source
        }
    }

    /// Both ends are open until the program ends.
    static func pipe() throws(ExitCode) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard unsafe Glibc.pipe(&ends) == 0 else {
            Terminal.write("lvsdr: no file descriptor is left\n", to: STDERR_FILENO)
            throw ExitCode(71)
        }
        return (ends[0], ends[1])
    }

    /// Returns true after so long, and false as soon as one of them came, or nobody reads standard
    /// output any more.
    func wait(milliseconds: Int32) -> Bool {
        var events = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: STDOUT_FILENO, events: 0, revents: 0),
        ]
        return unsafe poll(&events, 2, milliseconds) == 0
    }
}
