// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Dispatch
import Glibc

/// Ctrl-C, SIGTERM and a closed terminal as something to wait for, rather than the program's end.
struct Interruption {
    /// Readable once one of them came; open until the program ends.
    let descriptor: Int32

    /// The program's other threads must be younger: they have the signals blocked from it.
    init() throws(ExitCode) {
        let (reading, wakeEnd) = try Self.pipe()
        descriptor = reading
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, number) }
        // From here on none is lost: a blocked one waits for somebody to ask for it.
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        DispatchQueue(label: "signals").async { [signals] in
            var waited = signals
            var number: Int32 = 0
            while unsafe sigwait(&waited, &number) == 0 { Terminal.write("!", to: wakeEnd) }
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
