// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import LVSModel

/// A server on the loopback interface that says what no honest one would.
///
/// It serves one connection after the other on a thread of its own, until it is closed; each send and
/// receive ends after 20 s at the latest.
struct HTTPListener: Sendable {
    struct Failure: Error {
        let operation: String
        let errno: Int32
    }

    let address: IPAddress
    /// Host byte order; the kernel's choice.
    let port: UInt16
    private let descriptor: Int32

    /// - Parameter serve: speaks on one connection, which is closed afterwards.
    init(
        isIPv6: Bool = false, serve: @escaping @Sendable (HTTPConnection) -> Void
    ) throws(Failure) {
        (descriptor, port) = try Self.bound(isIPv6: isIPv6)
        address = isIPv6 ? IPAddress(high: 0, low: 1) : IPAddress(ipv4: 0x7F00_0001)
        guard listen(descriptor, 4_096) == 0 else {
            throw Failure(operation: "listen", errno: errno)
        }
        let descriptor = descriptor
        DispatchQueue(label: "http-listener").async {
            while true {
                let accepted = accept(descriptor, nil, nil)
                if accepted < 0 { break }
                let connection = HTTPConnection(descriptor: accepted)
                serve(connection)
                connection.close()
            }
            Glibc.close(descriptor)
        }
    }

    /// Answers every request with the same text.
    init(isIPv6: Bool = false, answer: String) throws(Failure) {
        try self.init(isIPv6: isIPv6) { connection in
            connection.receive()
            connection.send(answer)
            connection.waitForEnd()
        }
    }

    /// Ends the thread once the connection that it serves is over.
    func close() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// A socket that has a port of the loopback interface, and keeps it for those who ask for
    /// SO_REUSEPORT too.
    static func bound(isIPv6: Bool = false) throws(Failure) -> (descriptor: Int32, port: UInt16) {
        let family = isIPv6 ? AF_INET6 : AF_INET
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, 4)
        // sockaddr_in and sockaddr_in6: the family, the port, at 4 or 8 the address; ::1 ends in 1.
        var storage = sockaddr_storage()
        storage.ss_family = sa_family_t(family)
        unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe bytes[isIPv6 ? 23 : 7] = 1
            if !isIPv6 { unsafe bytes[4] = 127 }
        }
        var size = socklen_t(isIPv6 ? 28 : 16)
        let result = unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, size) == 0
                    ? getsockname(descriptor, address, &size) : -1
            }
        }
        guard result == 0 else { throw Failure(operation: "bind", errno: errno) }
        let port = unsafe withUnsafeBytes(of: &storage) { bytes in
            unsafe UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        }
        return (descriptor, port)
    }
}

/// A connection that a listener accepted.
struct HTTPConnection: Sendable {
    fileprivate let descriptor: Int32

    fileprivate init(descriptor: Int32) {
        self.descriptor = descriptor
        var time = timeval(tv_sec: 20, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    }

    /// - Returns: What came at once; nothing at the end or after an error.
    @discardableResult
    func receive() -> String {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }

    /// - Returns: False when the other side has gone.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool {
        send(Array(text.utf8))
    }

    /// Sends it again and again until the other side has gone, `limit` times at most.
    /// - Returns: How often it could.
    @discardableResult
    func flood(_ text: String, limit: Int, pausing microseconds: UInt32 = 0) -> Int {
        let bytes = Array(text.utf8)
        for count in 0..<limit {
            guard send(bytes) else { return count }
            if microseconds > 0 { usleep(microseconds) }
        }
        return limit
    }

    /// - Returns: The errno that ended it; 0: the other side closed in order.
    @discardableResult
    func waitForEnd() -> Int32 {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
            if count <= 0 { return count == 0 ? 0 : errno }
        }
    }

    /// SO_MARK: the client's, where the kernel is told to take it over.
    var mark: UInt32? {
        var mark: UInt32 = 0
        var size = socklen_t(4)
        return unsafe getsockopt(descriptor, SOL_SOCKET, SO_MARK, &mark, &size) == 0 ? mark : nil
    }

    func close() {
        Glibc.close(descriptor)
    }
}
