// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel

/// A plain socket of either version of IP that waits a bounded time.
final class CheckSocket {
    enum Kind {
        case tcp, udp, echo
    }

    struct Refused: Error, Equatable {
        let step: String
        let code: Int32
    }

    private let descriptor: Int32
    /// Milliseconds, far more than an answer takes.
    private static let patience: Int32 = 5000
    /// Milliseconds in which an answer would come, where none is expected.
    static let impatience: Int32 = 300

    init(_ kind: Kind, _ family: IPAddress.Family, mark: UInt32? = nil) throws {
        let isIPv4 = family == .ipv4
        let type = kind == .tcp ? Int32(SOCK_STREAM.rawValue) : Int32(SOCK_DGRAM.rawValue)
        let transport = kind == .echo ? Int32(isIPv4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) : 0
        descriptor = socket(
            isIPv4 ? AF_INET : AF_INET6, type | Int32(SOCK_NONBLOCK.rawValue), transport)
        guard descriptor >= 0 else { throw Refused(step: "socket", code: errno) }
        if let mark { try set(SO_MARK, to: mark) }
        if kind != .echo { try set(SO_REUSEADDR, to: 1) }
    }

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    private func set(_ option: Int32, to value: UInt32) throws {
        var value = value
        let result = unsafe setsockopt(descriptor, SOL_SOCKET, option, &value, 4)
        guard result == 0 else { throw Refused(step: "setsockopt", code: errno) }
    }

    /// Waits; returns whether there is something to do.
    @discardableResult
    private func wait(for events: Int32, atMost time: Int32 = patience) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        return unsafe poll(&entry, 1, time) == 1
    }

    func bind(to address: IPAddress, port: UInt16) throws {
        let name = Self.socketName(address, port)
        let result = unsafe name.withUnsafeBytes { bytes in
            unsafe Glibc.bind(descriptor, Self.cName(bytes), socklen_t(name.count))
        }
        guard result == 0 else { throw Refused(step: "bind", code: errno) }
    }

    func listen() throws {
        guard Glibc.listen(descriptor, 8) == 0 else { throw Refused(step: "listen", code: errno) }
    }

    func accept() throws -> CheckSocket {
        wait(for: POLLIN)
        let accepted = Glibc.accept(descriptor, nil, nil)
        guard accepted >= 0 else { throw Refused(step: "accept", code: errno) }
        _ = fcntl(accepted, F_SETFL, O_NONBLOCK)
        return CheckSocket(descriptor: accepted)
    }

    /// Fails with ETIMEDOUT when nobody answers.
    func connect(to address: IPAddress, port: UInt16, atMost time: Int32 = patience) throws {
        let name = Self.socketName(address, port)
        let result = unsafe name.withUnsafeBytes { bytes in
            unsafe Glibc.connect(descriptor, Self.cName(bytes), socklen_t(name.count))
        }
        guard result != 0 else { return }
        guard errno == EINPROGRESS else { throw Refused(step: "connect", code: errno) }
        guard wait(for: POLLOUT, atMost: time) else {
            throw Refused(step: "connect", code: ETIMEDOUT)
        }
        var failure: Int32 = 0
        var size: socklen_t = 4
        unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size)
        guard failure == 0 else { throw Refused(step: "connect", code: failure) }
    }

    /// The errno of an attempt to connect; 0 when it succeeded.
    func attempt(
        _ address: IPAddress, port: UInt16, atMost time: Int32 = patience
    ) throws -> Int32 {
        do {
            try connect(to: address, port: port, atMost: time)
            return 0
        } catch let refusal as Refused {
            return refusal.code
        }
    }

    /// Sends what there is room for; returns how many bytes.
    func send(_ bytes: ArraySlice<UInt8>) throws -> Int {
        let sent = unsafe bytes.withUnsafeBytes { bytes in
            unsafe Glibc.send(
                descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
        if sent >= 0 { return sent }
        guard errno == EAGAIN else { throw Refused(step: "send", code: errno) }
        return 0
    }

    /// Fails with EAGAIN when nothing comes.
    func receive(atMost time: Int32 = patience) throws -> [UInt8] {
        wait(for: POLLIN, atMost: time)
        var buffer = [UInt8](repeating: 0, count: 65536)
        let received = unsafe recv(descriptor, &buffer, buffer.count, 0)
        guard received >= 0 else { throw Refused(step: "recv", code: errno) }
        return Array(buffer.prefix(received))
    }

    /// A datagram is sent back to where it came from.
    func echo() throws {
        wait(for: POLLIN)
        var buffer = [UInt8](repeating: 0, count: 65536)
        var name = [UInt8](repeating: 0, count: 28)
        var size = socklen_t(name.count)
        let received = unsafe name.withUnsafeMutableBytes { name in
            let start = unsafe name.assumingMemoryBound(to: sockaddr.self).baseAddress
            return unsafe recvfrom(descriptor, &buffer, buffer.count, 0, start, &size)
        }
        guard received >= 0 else { throw Refused(step: "recvfrom", code: errno) }
        let sent = unsafe name.withUnsafeBytes { name in
            unsafe sendto(descriptor, buffer, received, 0, Self.cName(name), size)
        }
        guard sent == received else { throw Refused(step: "sendto", code: errno) }
    }

    /// The address of this end.
    func localAddress() -> IPAddress { unsafe address(of: getsockname) }
    /// The address of the other end.
    func peerAddress() -> IPAddress { unsafe address(of: getpeername) }

    private func address(
        of ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> IPAddress {
        var name = [UInt8](repeating: 0, count: 28)
        var size = socklen_t(name.count)
        unsafe name.withUnsafeMutableBytes { name in
            guard let start = unsafe name.assumingMemoryBound(to: sockaddr.self).baseAddress else {
                return
            }
            _ = unsafe ask(descriptor, start, &size)
        }
        let mapped = Array(repeating: UInt8(0), count: 10) + [0xFF, 0xFF]
        return IPAddress(bytes: size == 16 ? mapped + name[4..<8] : Array(name[8..<24]))
    }

    /// As `struct sockaddr_in` or `struct sockaddr_in6` lies in memory.
    private static func socketName(_ address: IPAddress, _ port: UInt16) -> [UInt8] {
        let family = UInt16(address.family == .ipv4 ? AF_INET : AF_INET6)
        let start = [UInt8(family & 0xFF), UInt8(family >> 8)] + port.bytes
        guard let ipv4 = address.ipv4 else {
            return start + [0, 0, 0, 0] + address.bytes + [0, 0, 0, 0]
        }
        return start + ipv4.bytes + Array(repeating: 0, count: 8)
    }

    private static func cName(_ bytes: UnsafeRawBufferPointer) -> UnsafePointer<sockaddr>? {
        unsafe bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
    }
}
