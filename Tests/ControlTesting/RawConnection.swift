// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc

/// Runs blocking work on a thread of its own, so that it does not hold up the tests' tasks.
package func blocking<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue(label: "blocking").async {
            continuation.resume(with: Result { try work() })
        }
    }
}

/// A client, or one accepted, that sends what no HTTP library would.
///
/// Each send and each receive ends after a minute at the latest.
package struct RawConnection: Sendable {
    package struct Failure: Error {
        let operation: String
        let errno: Int32
    }

    private let descriptor: Int32

    package init(to path: String) throws {
        descriptor = try unixSocket()
        let result = unsafe withAddress(of: path) { unsafe connect(descriptor, $0, $1) }
        guard result == 0 else { throw Failure(operation: "connect", errno: errno) }
        giveUpAfterAMinute()
    }

    fileprivate init(accepted descriptor: Int32) {
        self.descriptor = descriptor
        giveUpAfterAMinute()
    }

    /// - Returns: False when the other side has gone.
    @discardableResult
    package func send(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            == bytes.count
    }

    /// Sends `text` again and again, every 20 ms for a minute at most.
    /// - Returns: True when the other side broke it off.
    package func drip(_ text: String) -> Bool {
        for _ in 0..<3_000 {
            guard send(text) else { return true }
            usleep(20_000)
        }
        return false
    }

    /// Says that nothing more will be sent.
    package func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Waits until there is something to receive, or the other side has closed.
    package func hasSomething(withinMilliseconds time: Int32) -> Bool {
        var descriptors = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&descriptors, 1, time) == 1
    }

    /// At most `count` bytes, none when the other side has closed; nil after a minute of silence.
    package func receive(atMost count: Int = 65_536) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let received = unsafe recv(descriptor, &bytes, count, 0)
        if received < 0 { return errno == ECONNRESET ? [] : nil }
        return Array(bytes.prefix(received))
    }

    /// Everything until the other side closes; nil when it does not within a minute of silence.
    package func receiveAll() -> String? {
        var all: [UInt8] = []
        while let bytes = receive() {
            if bytes.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += bytes
        }
        return nil
    }

    package func close() {
        Glibc.close(descriptor)
    }

    private func giveUpAfterAMinute() {
        var time = timeval(tv_sec: 60, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    }
}

/// A socket that listens, for a server that is no director.
package struct RawListener: Sendable {
    private let descriptor: Int32

    package init(at path: String) throws {
        descriptor = try unixSocket()
        guard unsafe withAddress(of: path, { unsafe bind(descriptor, $0, $1) }) == 0,
            listen(descriptor, 8) == 0
        else { throw RawConnection.Failure(operation: "listen", errno: errno) }
    }

    /// Waits for one client and the first piece of its request, answers with `text` and hangs up.
    /// - Returns: That piece; empty when there was none.
    @discardableResult
    package func answerOnce(_ text: String) -> String {
        let accepted = accept(descriptor, nil, nil)
        guard accepted >= 0 else { return "" }
        let connection = RawConnection(accepted: accepted)
        let piece = connection.receive() ?? []
        connection.send(text)
        connection.close()
        return String(decoding: piece, as: UTF8.self)
    }

    /// The socket's file stays behind, as after a kill.
    package func close() {
        Glibc.close(descriptor)
    }
}

private func unixSocket() throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw RawConnection.Failure(operation: "socket", errno: errno) }
    return descriptor
}

private func withAddress<Result>(
    of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    return unsafe withUnsafePointer(to: &address) { address in
        unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
