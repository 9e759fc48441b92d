// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import NIOCore

/// A connected datagram or raw socket, not blocking. Whoever makes it closes it.
struct ConnectedSocket: Sendable {
    let descriptor: CInt
    let isRaw: Bool

    /// For UDP.
    ///
    /// - Parameter takesEmpty: whether a datagram without a byte comes through. NIO takes it for the
    ///   end of a stream, and reads no further.
    static func datagram(
        _ question: ProbeQuestion, takesEmpty: Bool
    ) throws(IOError) -> ConnectedSocket {
        let file = open(question, SOCK_DGRAM, 0)
        if file >= 0, !takesEmpty, !refuseEmpty(file) {
            let code = errno
            close(file)
            throw IOError(errnoCode: code, reason: "setsockopt")
        }
        return try connected(file, isRaw: false, question, port: question.port)
    }

    /// For ICMP or ICMPv6: a raw socket, which gets all messages of the peer; where that is not
    /// permitted (CAP_NET_RAW) a ping socket, which gets the replies to its own requests (icmp(7),
    /// `ping_group_range`).
    ///
    /// - Parameter mayBeRaw: false for a ping socket in any case.
    static func echo(
        _ question: ProbeQuestion, mayBeRaw: Bool = true
    ) throws(IOError) -> ConnectedSocket {
        let isIPv6 = question.realServer.family == .ipv6
        let icmp = isIPv6 ? Int32(IPPROTO_ICMPV6) : Int32(IPPROTO_ICMP)
        // Neither has ports.
        if mayBeRaw {
            let raw = open(question, SOCK_RAW, icmp)
            if raw >= 0 || (errno != EPERM && errno != EACCES) {
                return try connected(raw, isRaw: true, question, port: 0)
            }
        }
        return try connected(open(question, SOCK_DGRAM, icmp), isRaw: false, question, port: 0)
    }

    private static func open(
        _ question: ProbeQuestion, _ type: __socket_type, _ protocol: Int32
    ) -> CInt {
        socket(
            question.realServer.family == .ipv6 ? AF_INET6 : AF_INET,
            Int32(type.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), `protocol`)
    }

    private static func connected(
        _ file: CInt, isRaw: Bool, _ question: ProbeQuestion, port: UInt16
    ) throws(IOError) -> ConnectedSocket {
        guard file >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        guard isMarked(file, question.mark),
            isConnected(file, to: question.realServer, port: port)
        else {
            let code = errno
            close(file)
            throw IOError(errnoCode: code, reason: "connect")
        }
        return ConnectedSocket(descriptor: file, isRaw: isRaw)
    }

    /// `struct sock_filter` of linux/filter.h, which Glibc's module lacks.
    private struct Instruction: BitwiseCopyable {
        var code: UInt16
        var ifTrue: UInt8 = 0
        var ifFalse: UInt8 = 0
        var value: UInt32
    }

    /// `struct sock_fprog`.
    @safe private struct Program {
        var count: UInt16
        var instructions: UnsafePointer<Instruction>
    }

    /// Has the kernel drop datagrams that are not longer than UDP's header (socket(7),
    /// SO_ATTACH_FILTER).
    private static func refuseEmpty(_ file: CInt) -> Bool {
        let instructions = [
            Instruction(code: 0x80, value: 0),  // A = the length
            Instruction(code: 0x25, ifFalse: 1, value: 8),  // A > 8?
            Instruction(code: 0x06, value: .max),  // all of it
            Instruction(code: 0x06, value: 0),  // nothing
        ]
        return unsafe instructions.withUnsafeBufferPointer { instructions in
            guard let start = instructions.baseAddress else { return false }
            var program = unsafe Program(
                count: UInt16(instructions.count), instructions: start)
            let size = socklen_t(MemoryLayout<Program>.size)
            return unsafe setsockopt(file, SOL_SOCKET, SO_ATTACH_FILTER, &program, size) == 0
        }
    }

    private static func isMarked(_ file: CInt, _ mark: UInt32?) -> Bool {
        guard var mark else { return true }
        let size = socklen_t(MemoryLayout<UInt32>.size)
        return unsafe setsockopt(file, SOL_SOCKET, SO_MARK, &mark, size) == 0
    }

    private static func isConnected(
        _ file: CInt, to address: IPAddress, port: UInt16
    ) -> Bool {
        if let number = address.ipv4 {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            name.sin_addr.s_addr = number.bigEndian
            return connect(file, to: &name)
        }
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        guard unsafe inet_pton(AF_INET6, address.description, &name.sin6_addr) == 1 else {
            return false
        }
        return connect(file, to: &name)
    }

    private static func connect<Name>(_ file: CInt, to name: inout Name) -> Bool {
        unsafe withUnsafeBytes(of: &name) { bytes in
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            return unsafe Glibc.connect(file, start, socklen_t(bytes.count)) == 0
        }
    }
}
