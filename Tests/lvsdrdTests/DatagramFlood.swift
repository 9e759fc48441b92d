// SPDX-License-Identifier: Apache-2.0

import CHostNetwork
import Dispatch
import Glibc
import LVSModel
import Lab

/// UDP datagrams of any number of clients to port 9 of the VIP, one of each, from the lab's client.
struct DatagramFlood {
    struct Failure: Error {
        let operation: String
        let errno: Int32
    }

    private let network: Network

    init(_ network: Network) {
        self.network = network
    }

    /// Sends a datagram of each of so many clients: 16,384 ports of 10.16.0.0 and the next ones.
    func send(flows: UInt32) async throws {
        let socket = try rawSocket()
        let vip = network.topology.vip
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "flood").async {
                continuation.resume(with: Result { try Self.send(flows, to: vip, over: socket) })
                close(socket)
            }
        }
    }

    /// A socket that sends whole IPv4 packets, in the client's namespace.
    private func rawSocket() throws -> Int32 {
        let namespace = unsafe open(network.namespacePath(of: .client), O_RDONLY | O_CLOEXEC)
        guard namespace >= 0 else { throw Failure(operation: "open", errno: errno) }
        defer { close(namespace) }
        var result: Int32 = -1
        let code = unsafe withUnsafeMutablePointer(to: &result) { result in
            unsafe hn_run_in_namespace(
                namespace,
                { context in
                    guard let context = unsafe context else { return }
                    unsafe context.assumingMemoryBound(to: Int32.self).pointee = socket(
                        AF_INET, Int32(SOCK_RAW.rawValue), Int32(IPPROTO_RAW))
                }, result)
        }
        guard code >= 0, result >= 0 else { throw Failure(operation: "socket", errno: -code) }
        return result
    }

    private static func send(_ flows: UInt32, to vip: IPAddress, over socket: Int32) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = (vip.ipv4 ?? 0).bigEndian
        for number in 0..<flows {
            let packet = packet(number, to: vip)
            let sent = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    unsafe sendto(
                        socket, packet, packet.count, 0, pointer,
                        socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard sent == packet.count || errno == ENOBUFS else {
                throw Failure(operation: "send", errno: errno)
            }
            // Not more than the director's ring takes.
            if number % 500 == 499 { usleep(2_000) }
        }
    }

    /// The kernel fills in the header's length and checksum; UDP's checksum is left out.
    private static func packet(_ number: UInt32, to vip: IPAddress) -> [UInt8] {
        let header: [UInt8] = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, UInt8(IPPROTO_UDP), 0, 0]
        let port = bytes(1_024 + number & 0x3FFF)[2...]
        return header + bytes(0x0A10_0000 + number >> 14) + bytes(vip.ipv4 ?? 0)
            + port + [0, 9, 0, 8, 0, 0]
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
