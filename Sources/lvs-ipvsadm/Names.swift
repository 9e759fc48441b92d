// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel

/// Names of hosts and ports, as ipvsadm shows them without `-n`.
enum Names {
    /// Such as `web1:http`; nil where neither has a name.
    static func endpoint(
        _ address: IPAddress, _ port: UInt16, _ transport: TransportProtocol
    ) -> String? {
        let host = host(address)
        let service = service(port, transport)
        guard host != nil || service != nil else { return nil }
        return "\(host ?? address.beforePort):\(service ?? "\(port)")"
    }

    private static func host(_ address: IPAddress) -> String? {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_NUMERICHOST
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(address.description, nil, &hints, &found) == 0,
            let first = unsafe found
        else { return nil }
        defer { unsafe freeaddrinfo(first) }
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let result = unsafe getnameinfo(
            first.pointee.ai_addr, first.pointee.ai_addrlen, &name, socklen_t(name.count), nil, 0,
            NI_NAMEREQD)
        guard result == 0 else { return nil }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func service(_ port: UInt16, _ transport: TransportProtocol) -> String? {
        guard port > 0,
            let entry = unsafe getservbyport(Int32(port.bigEndian), transport.rawValue)
        else { return nil }
        return unsafe String(cString: entry.pointee.s_name)
    }
}
