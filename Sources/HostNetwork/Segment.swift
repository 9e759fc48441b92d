// SPDX-License-Identifier: Apache-2.0

import CHostNetwork
public import LVSModel

/// Listens on an interface to what other hosts say of VIPs in ARP and neighbour discovery, and asks
/// who has one.
///
/// It needs CAP_NET_RAW. A storm costs no more than 20,000 frames a second; of the rest some are
/// heard.
public final class Segment: Sendable {
    /// For one reader; ends with the segment. A reader that falls 256 behind loses the oldest.
    public let claims: AsyncStream<VIPClaim>

    private let listener: Listener

    /// - Parameter interface: an Ethernet interface's index; where its MAC address changes, another
    ///   segment is needed.
    public init(interface: Int32) throws(HostNetworkError) {
        let (claims, continuation) = AsyncStream.makeStream(
            of: VIPClaim.self, bufferingPolicy: .bufferingNewest(256))
        self.claims = claims
        let listener = try Listener(interface: interface, feed: ClaimFeed(continuation))
        try listener.start()
        self.listener = listener
    }

    /// Which addresses are listened for from now on.
    public func watch(_ vips: some Collection<IPAddress>) throws(HostNetworkError) {
        try listener.watch(vips.map { hn_ip($0) })
    }

    /// Asks once who has the address, in nobody's name (RFC 5227 section 2.1.1, RFC 4862 section
    /// 5.4.2): nobody learns anything from it.
    public func ask(for vip: IPAddress) throws(HostNetworkError) {
        try listener.ask(for: vip)
    }

    /// Announces once that this interface has the address (gratuitous ARP, unsolicited neighbour
    /// advertisement).
    public func announce(_ vip: IPAddress) throws(HostNetworkError) {
        try listener.announce(vip)
    }
}

/// The way of the claims from the thread that hears them.
private final class ClaimFeed: Sendable {
    let continuation: AsyncStream<VIPClaim>.Continuation

    init(_ continuation: AsyncStream<VIPClaim>.Continuation) {
        self.continuation = continuation
    }

    func put(_ claim: hn_claim) {
        guard let mac = MACAddress(claim.mac) else { return }
        continuation.yield(
            VIPClaim(
                vip: IPAddress(claim.address), mac: mac,
                kind: claim.kind == HN_CLAIM_SENDER ? .sender : .holder))
    }
}

/// Owns the thread that listens. The C side lets any thread watch and ask.
@safe private final class Listener: Sendable {
    /// The address of the C side's `struct hn_segment`: a number may go from thread to thread.
    private let handle: UInt
    /// The thread uses it without owning it; it lives as long as the listener.
    private let feed: ClaimFeed

    init(interface: Int32, feed: ClaimFeed) throws(HostNetworkError) {
        var handle: OpaquePointer?
        let code = unsafe hn_segment_open(&handle, interface)
        guard code >= 0, let handle = unsafe handle else {
            throw HostNetworkError(
                operation: "listen on the interface with index \(interface)", errno: -code)
        }
        self.handle = UInt(bitPattern: handle)
        self.feed = feed
    }

    private var pointer: OpaquePointer? {
        unsafe OpaquePointer(bitPattern: handle)
    }

    func start() throws(HostNetworkError) {
        let code = unsafe hn_segment_start(
            pointer,
            { claim, feed in
                guard let claim = unsafe claim, let feed = unsafe feed else { return }
                unsafe Unmanaged<ClaimFeed>.fromOpaque(feed).takeUnretainedValue()
                    .put(claim.pointee)
            },
            Unmanaged.passUnretained(feed).toOpaque())
        guard code >= 0 else {
            throw HostNetworkError(operation: "start a thread that listens", errno: -code)
        }
    }

    func watch(_ addresses: [hn_ip]) throws(HostNetworkError) {
        let code = unsafe hn_segment_watch(pointer, addresses, addresses.count)
        guard code >= 0 else {
            throw HostNetworkError(operation: "listen for VIPs", errno: -code)
        }
    }

    func ask(for vip: IPAddress) throws(HostNetworkError) {
        var address = hn_ip(vip)
        let code = unsafe hn_segment_ask(pointer, &address)
        guard code >= 0 else {
            throw HostNetworkError(operation: "ask who has \(vip)", errno: -code)
        }
    }

    func announce(_ vip: IPAddress) throws(HostNetworkError) {
        var address = hn_ip(vip)
        let code = unsafe hn_segment_announce(pointer, &address)
        guard code >= 0 else {
            throw HostNetworkError(operation: "announce \(vip)", errno: -code)
        }
    }

    deinit {
        unsafe hn_segment_close(pointer)
        feed.continuation.finish()
    }
}
