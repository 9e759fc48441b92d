// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// An address of a unix domain socket (unix(7)).
struct UnixAddress {
    private var address = sockaddr_un()
    private var length: socklen_t

    /// A name in the abstract namespace; what does not fit 107 bytes is cut off.
    init(abstract name: String) {
        self.init(bytes: [0] + Array(name.utf8))
    }

    /// As $NOTIFY_SOCKET has it: a path, or an abstract name behind an @.
    init(_ text: String) {
        if text.hasPrefix("@") {
            self.init(abstract: String(text.dropFirst()))
        } else {
            self.init(bytes: Array(text.utf8))
        }
    }

    private init(bytes: [UInt8]) {
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        let count = min(bytes.count, room)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in
            unsafe path.copyBytes(from: bytes.prefix(count))
        }
        length = socklen_t(MemoryLayout<sa_family_t>.size + count)
    }

    /// False with errno set.
    func bind(_ socket: CInt) -> Bool {
        unsafe withSockaddr { unsafe Glibc.bind(socket, $0, length) } == 0
    }

    /// Sends one datagram; false with errno set.
    func send(_ text: String, from socket: CInt) -> Bool {
        let bytes = Array(text.utf8)
        return unsafe withSockaddr {
            unsafe sendto(socket, bytes, bytes.count, CInt(MSG_NOSIGNAL), $0, length)
        } == bytes.count
    }

    private func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
        unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0) }
        }
    }
}
