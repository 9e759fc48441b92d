// SPDX-License-Identifier: Apache-2.0

import CHostNetwork
import Glibc

/// Sends frames of one's own by an interface and hears what may answer them, also where a filter of
/// the host's would drop it.
///
/// It needs CAP_NET_RAW, and belongs to one thread at a time.
public struct ProbeSocket: ~Copyable {
    private let descriptor: Int32

    /// - Parameters:
    ///   - interface: an Ethernet interface's index.
    ///   - port: of the TCP segments that are sent and heard; host byte order.
    public init(interface: Int32, port: UInt16) throws(HostNetworkError) {
        let code = hn_probe_socket(interface, port)
        guard code >= 0 else {
            throw HostNetworkError(
                operation: "open a packet socket on the interface with index \(interface)",
                errno: -code)
        }
        descriptor = code
    }

    /// Sends a whole frame, from its Ethernet header on.
    ///
    /// - Returns: false where the kernel refuses it.
    @discardableResult
    public func send(_ frame: [UInt8]) -> Bool {
        unsafe Glibc.send(descriptor, frame, frame.count, 0) == frame.count
    }

    /// The next frame, or what `limit` leaves of it; nil when none came.
    public func receive(limit: Int = 512) -> [UInt8]? {
        var frame = [UInt8](repeating: 0, count: limit)
        let count = unsafe recv(descriptor, &frame, limit, 0)
        return count > 0 ? Array(frame.prefix(count)) : nil
    }

    deinit {
        close(descriptor)
    }
}
