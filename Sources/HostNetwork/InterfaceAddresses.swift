// SPDX-License-Identifier: Apache-2.0

import Glibc
public import LVSModel

/// The addresses of the host's interfaces, to be looked at and changed one by one.
///
/// It is about the network namespace of the thread that makes the value, and belongs to one thread
/// at a time. Changing needs CAP_NET_ADMIN.
public struct InterfaceAddresses: ~Copyable {
    private let requests: Requests

    public init() throws(HostNetworkError) {
        requests = try Requests()
    }

    /// The addresses of the interface; nil when there is no such.
    public func addresses(of interface: String) throws(HostNetworkError) -> [IPAddress]? {
        guard let link = try requests.link(named: interface) else { return nil }
        return try requests.addresses().filter { $0.interface == link.index }.map(\.address)
    }

    /// Gives the interface the address alone (/32, /128); none is sought that has it already
    /// (RFC 4862). No packet to another host gets it as its source by itself: not an IPv6 one, and
    /// no IPv4 one of a loopback interface. An interface that has it keeps it as it is.
    public func add(_ address: IPAddress, to interface: String) throws(HostNetworkError) {
        try requests.add(
            address, to: try index(of: interface, for: address), isOfHostAlone: interface == "lo")
    }

    /// Takes away what `add(_:to:)` gave; one that is gone already is no error.
    public func remove(_ address: IPAddress, from interface: String) throws(HostNetworkError) {
        try requests.remove(address, from: try index(of: interface, for: address))
    }

    private func index(
        of interface: String, for address: IPAddress
    ) throws(HostNetworkError) -> Int32 {
        guard let link = try requests.link(named: interface) else {
            throw HostNetworkError(
                operation: "find the interface \(interface) for \(address)", errno: ENODEV)
        }
        return link.index
    }
}
