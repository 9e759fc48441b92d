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
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            Terminal.write("lvsdr: no file descriptor is left\n", to: STDERR_FILENO)
            throw ExitCode(71)
        }
        descriptor = ends[0]
        let wakeEnd = ends[1]
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { Terminal.write("!", to: wakeEnd) }
            source.resume()
            return source
        }
    }
}
