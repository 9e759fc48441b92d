// SPDX-License-Identifier: Apache-2.0

import CHostNetwork
public import LVSModel

/// The host's network as its kernel sees it, to be looked at once.
///
/// It is about the network namespace of the thread that makes the value, and belongs to one thread at
/// a time. Reading needs no privilege.
public struct NetworkReading: ~Copyable {
    private let requests: Requests

    public init() throws(HostNetworkError) {
        requests = try Requests()
    }

    /// nil when there is no such interface.
    public func link(named name: String) throws(HostNetworkError) -> HostLink? {
        try requests.link(named: name)
    }

    /// nil when there is no such interface.
    public func link(index: Int32) throws(HostNetworkError) -> HostLink? {
        try requests.link(index: index)
    }

    /// The way that the kernel would send a packet of the host's own to `address` now.
    public func route(to address: IPAddress) throws(HostNetworkError) -> HostRoute {
        try requests.route(to: address)
    }

    /// All entries of the neighbour tables, of both families and all interfaces.
    public func neighbours() throws(HostNetworkError) -> [HostNeighbour] {
        try requests.neighbours()
    }

    /// Of each address that the host holds the index of the interface that holds it.
    public func addressHolders() throws(HostNetworkError) -> [IPAddress: Int32] {
        let holders = try requests.addresses().map { ($0.address, $0.interface) }
        return Dictionary(holders) { first, _ in first }
    }

    /// The host's own address that it would ask `address` from; nil when it would not.
    public func source(for address: IPAddress) -> IPAddress? {
        var source = hn_ip()
        return unsafe hn_source_of(hn_ip(address), &source) < 0 ? nil : IPAddress(source)
    }
}
