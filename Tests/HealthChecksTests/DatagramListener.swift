// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
import LVSModel

/// A server of datagrams on the loopback interface.
///
/// It serves one datagram after the other on a thread of its own, for 20 s without any at the longest.
struct DatagramListener: Sendable {
    let address = IPAddress(ipv4: 0x7F00_0001)
    /// Host byte order; the kernel's choice.
    let port: UInt16

    /// - Parameter answers: what a datagram is answered with, in their order.
    init(answers: @escaping @Sendable ([UInt8]) -> [[UInt8]]) throws(HTTPListener.Failure) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var time = timeval(tv_sec: 20, tv_usec: 0)
        let timeSize = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, timeSize)
        var own = sockaddr_in()
        own.sin_family = sa_family_t(AF_INET)
        own.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &own) { own in
            unsafe own.withMemoryRebound(to: sockaddr.self, capacity: 1) { own in
                unsafe bind(descriptor, own, size) == 0 ? getsockname(descriptor, own, &size) : -1
            }
        }
        guard result == 0 else { throw HTTPListener.Failure(operation: "bind", errno: errno) }
        port = UInt16(bigEndian: own.sin_port)
        DispatchQueue(label: "datagram-listener").async {
            while Self.serve(descriptor, answers) {}
            Glibc.close(descriptor)
        }
    }

    /// - Returns: False when nobody asks any more.
    private static func serve(
        _ descriptor: Int32, _ answers: ([UInt8]) -> [[UInt8]]
    ) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 2_048)
        var client = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &client) { client in
            unsafe client.withMemoryRebound(to: sockaddr.self, capacity: 1) { client in
                let count = unsafe recvfrom(descriptor, &bytes, bytes.count, 0, client, &size)
                guard count >= 0 else { return false }
                for (number, answer) in answers(Array(bytes.prefix(count))).enumerated() {
                    unsafe sendto(descriptor, answer, answer.count, 0, client, size)
                    // A socket holds a few hundred; what comes then is lost.
                    if number % 100 == 99 { usleep(1_000) }
                }
                return true
            }
        }
    }
}
