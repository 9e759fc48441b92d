// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
internal import Glibc

/// What systemd is told (sd_notify(3)): one datagram a message, written directly.
struct Systemd: Sendable {
    private let socketName: String?
    /// How often it wants to hear that we are alive; nil when it does not.
    let watchdogInterval: Duration?

    /// Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        socketName = environment["NOTIFY_SOCKET"]
        let isForUs = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap(Int64.init)
        watchdogInterval = isForUs ? microseconds.map { .microseconds($0) } : nil
    }

    func ready() { send("READY=1") }

    func stopping() { send("STOPPING=1") }

    func alive() { send("WATCHDOG=1") }

    /// A line for `systemctl status`.
    func status(_ line: String) { send("STATUS=\(line)") }

    private func send(_ message: String) {
        guard let socketName else { return }
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard socket >= 0 else { return }
        // When nobody listens any more there is nobody to tell.
        _ = UnixAddress(socketName).send(message, from: socket)
        close(socket)
    }
}
