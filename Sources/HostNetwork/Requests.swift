// SPDX-License-Identifier: Apache-2.0

import CHostNetwork
import Glibc
import LVSModel

/// Owns the socket that questions to the kernel go through.
@safe struct Requests: ~Copyable {
    /// How often a table is read that changes while it is read.
    private static let attempts = 16

    private let handle: OpaquePointer

    /// The socket belongs to the calling thread's network namespace.
    init() throws(HostNetworkError) {
        var handle: OpaquePointer?
        let code = unsafe hn_requests_open(&handle)
        guard code >= 0, let handle = unsafe handle else {
            throw HostNetworkError(operation: "open a netlink socket", errno: -code)
        }
        unsafe self.handle = handle
    }

    deinit {
        unsafe hn_requests_close(handle)
    }

    func link(named name: String) throws(HostNetworkError) -> HostLink? {
        var link = hn_link()
        let code = unsafe hn_link_named(handle, name, &link)
        return try check(code, "read the interface \(name)") > 0 ? HostLink(link) : nil
    }

    func link(index: Int32) throws(HostNetworkError) -> HostLink? {
        var link = hn_link()
        let code = unsafe hn_link_indexed(handle, index, &link)
        return try check(code, "read the interface with index \(index)") > 0 ? HostLink(link) : nil
    }

    func route(to address: IPAddress) throws(HostNetworkError) -> HostRoute {
        var route = hn_route()
        let code = unsafe hn_route_to(handle, hn_ip(address), &route)
        try check(code, "read the routes to \(address)")
        return HostRoute(route)
    }

    func addresses() throws(HostNetworkError) -> [(interface: Int32, address: IPAddress)] {
        let entries: [hn_address] = try unsafe table("read the host's addresses") { list in
            unsafe hn_addresses(
                handle,
                { address, list in
                    guard let address = unsafe address, let list = unsafe list else { return }
                    unsafe list.assumingMemoryBound(to: [hn_address].self)
                        .pointee.append(address.pointee)
                },
                list)
        }
        return entries.map { ($0.interface, IPAddress($0.address)) }
    }

    func add(
        _ address: IPAddress, to interface: Int32, isOfHostAlone: Bool
    ) throws(HostNetworkError) {
        var entry = hn_address(interface: interface, address: hn_ip(address))
        let code = unsafe hn_address_add(handle, &entry, isOfHostAlone)
        try check(code, "add the address \(address)")
    }

    func remove(_ address: IPAddress, from interface: Int32) throws(HostNetworkError) {
        var entry = hn_address(interface: interface, address: hn_ip(address))
        let code = unsafe hn_address_remove(handle, &entry)
        try check(code, "remove the address \(address)")
    }

    func neighbours() throws(HostNetworkError) -> [HostNeighbour] {
        let entries: [hn_neighbour] = try unsafe table("read the neighbour tables") { list in
            unsafe hn_neighbours(
                handle,
                { neighbour, list in
                    guard let neighbour = unsafe neighbour, let list = unsafe list else { return }
                    unsafe list.assumingMemoryBound(to: [hn_neighbour].self)
                        .pointee.append(neighbour.pointee)
                },
                list)
        }
        return entries.map { HostNeighbour($0) }
    }

    func keepResolved(_ address: IPAddress, on interface: Int32) throws(HostNetworkError) {
        let code = unsafe hn_keep_resolved(handle, interface, hn_ip(address))
        try check(code, "keep the MAC address of \(address) resolved")
    }

    func release(_ address: IPAddress, on interface: Int32) throws(HostNetworkError) {
        let code = unsafe hn_release(handle, interface, hn_ip(address))
        try check(code, "give up the neighbour entry of \(address)")
    }

    /// - Parameter read: appends to the array of entries that it gets a pointer to.
    private func table<Entry>(
        _ operation: String, read: (UnsafeMutableRawPointer) -> Int32
    ) throws(HostNetworkError) -> [Entry] {
        for _ in 0..<Self.attempts {
            var entries: [Entry] = []
            let code = unsafe withUnsafeMutablePointer(to: &entries) { list in
                unsafe read(UnsafeMutableRawPointer(list))
            }
            guard code == -EAGAIN else {
                try check(code, operation)
                return entries
            }
        }
        throw HostNetworkError(operation: operation, errno: EAGAIN)
    }

    @discardableResult
    private func check(
        _ code: Int32, _ operation: @autoclosure () -> String
    ) throws(HostNetworkError) -> Int32 {
        guard code >= 0 else { throw HostNetworkError(operation: operation(), errno: -code) }
        return code
    }
}
