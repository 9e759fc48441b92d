// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import NIOCore

/// Connected datagram and raw sockets.
enum ConnectedSocket {
    /// - Returns: A descriptor, not blocking, that the caller owns.
    static func open(_ kind: SocketProbe.Kind, _ question: ProbeQuestion) throws(IOError) -> CInt {
        let isIPv6 = question.realServer.family == .ipv6
        let type = kind == .icmp ? SOCK_RAW : SOCK_DGRAM
        let icmp = isIPv6 ? Int32(IPPROTO_ICMPV6) : Int32(IPPROTO_ICMP)
        let file = socket(
            isIPv6 ? AF_INET6 : AF_INET,
            Int32(type.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue),
            kind == .icmp ? icmp : 0)
        guard file >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        // A raw socket has no ports.
        let port = kind == .icmp ? 0 : question.port
        guard isMarked(file, question.mark),
            isConnected(file, to: question.realServer, port: port)
        else {
            let code = errno
            close(file)
            throw IOError(errnoCode: code, reason: "connect")
        }
        return file
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
