// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// The host's network as its kernel sees it: links, addresses of both families, routes and
/// neighbours.
///
/// All of it is about the network namespace of the thread that makes the value. Reading needs no
/// privilege; keeping neighbours resolved needs CAP_NET_ADMIN.
public actor HostNetwork {
    /// What changes from now on, in the kernel's order, for one reader; ends at `close()`.
    ///
    /// A reader that falls 4,096 events behind loses the oldest and gets an `.overrun` for them.
    public nonisolated let events: AsyncStream<HostNetworkEvent>

    private let requests: Requests
    private var watch: Watch?

    /// Opens its sockets and starts the thread that follows events.
    public init() throws(HostNetworkError) {
        let feed = EventFeed()
        events = feed.stream
        requests = try Requests()
        let watch = try Watch(feed: feed)
        try watch.start()
        self.watch = consume watch
    }

    /// nil when there is no such interface. An alternative name finds it too.
    public func link(named name: String) throws(HostNetworkError) -> HostLink? {
        try requests.link(named: name)
    }

    /// nil when there is no such interface.
    public func link(index: Int32) throws(HostNetworkError) -> HostLink? {
        try requests.link(index: index)
    }

    /// The way that the kernel would send a packet of the host's own to `address` now.
    ///
    /// An IPv4 route can have an IPv6 router (RFC 5549). Broadcast and multicast addresses are
    /// `.unreachable`, as are those that a route of such a type refuses.
    public func route(to address: IPAddress) throws(HostNetworkError) -> HostRoute {
        try requests.route(to: address)
    }

    /// All entries of the neighbour tables (ARP's and IPv6's), resolved or not, of all interfaces.
    public func neighbours() throws(HostNetworkError) -> [HostNeighbour] {
        try requests.neighbours()
    }

    /// The addresses that the interface holds, link-local ones too; none when there is no such
    /// interface.
    public func addresses(of index: Int32) throws(HostNetworkError) -> [IPAddress] {
        try requests.addresses().filter { $0.interface == index }.map(\.address)
    }

    /// The addresses that any interface of the host holds.
    public func heldAddresses() throws(HostNetworkError) -> Set<IPAddress> {
        Set(try requests.addresses().map(\.address))
    }

    /// Of each address that the host holds the interface that holds it, the first of several.
    public func addressHolders() throws(HostNetworkError) -> [IPAddress: Int32] {
        let holders = try requests.addresses().map { ($0.address, $0.interface) }
        return Dictionary(holders) { first, _ in first }
    }

    /// Has the kernel resolve the neighbour's MAC address and keep it resolved, where need be by
    /// asking again every few seconds. Asking for the same twice does no harm.
    ///
    /// The kernel forgets it when the interface goes down, loses its carrier or changes its MAC
    /// address, and tells so by an event without a MAC address. A kernel before 5.16 resolves it
    /// once and does not keep it. An entry that is somebody's own (permanent, without ARP, learned
    /// by a routing daemon) stays as it is. An IPv6 neighbour is asked in the name of the
    /// interface's link-local address, and stays unresolved where it has none.
    public func keepResolved(
        _ address: IPAddress, on interface: Int32
    ) throws(HostNetworkError) {
        try requests.keepResolved(address, on: interface)
    }

    /// Takes the neighbour's entry out of the kernel's table, unless it is somebody's own. One that
    /// is gone already, with its interface too, is no error.
    public func release(_ address: IPAddress, on interface: Int32) throws(HostNetworkError) {
        try requests.release(address, on: interface)
    }

    /// Ends `events` and their thread, and waits for that.
    public func close() {
        watch = nil
    }
}
