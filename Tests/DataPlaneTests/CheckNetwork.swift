// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel

/// A director and three real servers on one switch, each in a namespace of its own; the VIPs are on
/// `lo` of the first two real servers.
struct CheckNetwork {
    static let realServers = 3
    /// The one that lacks the VIPs.
    static let bare = 2

    /// `eth0` of the director, whose namespace the calling thread is in.
    let director: Int32
    private let servers: [Namespace]
    private let hub: Namespace
    private let own: Namespace

    static func vip(_ family: IPAddress.Family) -> IPAddress {
        ip(family == .ipv4 ? "10.9.0.100" : "fd09::100")
    }

    static func rip(_ server: Int, _ family: IPAddress.Family) -> IPAddress {
        ip((family == .ipv4 ? "10.9.0.1" : "fd09::1") + "\(server)")
    }

    /// Runs the body on a thread of its own, as the director.
    static func run<Value>(_ body: @escaping (CheckNetwork) throws -> Value) throws -> Value {
        try PrivateNetwork.run {
            let network = try make(around: $0)
            return try withExtendedLifetime(network) {
                try network.settle()
                return try body(network)
            }
        }
    }

    /// Does something in a real server's namespace; sockets that are opened there stay there.
    func on<Value>(server: Int, _ body: () throws -> Value) throws -> Value {
        try servers[server].enter()
        let result = Result { try body() }
        try own.enter()
        return try result.get()
    }

    /// Waits until links are up and neighbours known: until closed ports of the RIPs refuse.
    private func settle() throws {
        for family in [IPAddress.Family.ipv4, .ipv6] {
            for server in 0..<Self.realServers {
                let rip = Self.rip(server, family)
                let code = try CheckSocket(.tcp, family).attempt(rip, port: 9)
                guard code == ECONNREFUSED else {
                    throw PrivateNetwork.Refused(step: "reach \(rip)", code: code)
                }
            }
        }
    }

    private static func make(around network: PrivateNetwork) throws -> CheckNetwork {
        let own = try Namespace.current()
        let hub = try Namespace.new()
        try PrivateNetwork.shell(
            "ip link add br0 type bridge && ip link set br0 up && sysctl -qw \(isolated)")
        try own.enter()
        try PrivateNetwork.shell(
            """
            sysctl -qw \(isolated) net.ipv4.ping_group_range='0 0' && ip link set lo up &&
            ip address add 10.9.0.1/24 dev eth0 && ip address add fd09::1/64 dev eth0 nodad &&
            ip link set eth0 up && ip link set eth1 netns \(hub.path)
            """)
        let servers = try (0..<realServers).map { number in
            let server = try Namespace.new()
            try PrivateNetwork.shell(
                """
                sysctl -qw \(isolated) net.ipv4.conf.all.arp_ignore=1 \
                    net.ipv4.conf.all.arp_announce=2 && ip link set lo up &&
                ip link add eth0 type veth peer name port\(number) netns \(hub.path) &&
                ip address add \(rip(number, .ipv4))/24 dev eth0 &&
                ip address add \(rip(number, .ipv6))/64 dev eth0 nodad && ip link set eth0 up
                """)
            if number != bare {
                try PrivateNetwork.shell(
                    """
                    ip address add \(vip(.ipv4))/32 dev lo &&
                    ip address add \(vip(.ipv6))/128 dev lo nodad
                    """)
            }
            return server
        }
        try hub.enter()
        try PrivateNetwork.shell(
            "for port in eth1 port0 port1 port2; do ip link set $port master br0 up; done")
        // The kernel may take a second to notice that a link is up, unless it is asked for it.
        for place in [hub] + servers + [own] {
            let links = place === hub ? "br0 eth1 port0 port1 port2" : "eth0"
            try place.enter()
            try PrivateNetwork.shell(
                "for link in \(links); do ip link show $link >/dev/null; done")
        }
        return CheckNetwork(director: network.eth0, servers: servers, hub: hub, own: own)
    }

    /// What a new namespace may have from the machine's.
    private static let isolated = "net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0"
}

/// A network namespace, by a descriptor that keeps it.
final class Namespace {
    private let descriptor: Int32

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Where another process finds it.
    var path: String { "/proc/\(getpid())/fd/\(descriptor)" }

    /// The calling thread's.
    static func current() throws -> Namespace {
        let descriptor = unsafe open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PrivateNetwork.Refused(step: "ns/net", code: errno) }
        return Namespace(descriptor)
    }

    /// A new one, into which the calling thread goes.
    static func new() throws -> Namespace {
        guard PrivateNetwork.unshare(PrivateNetwork.newNetwork) == 0 else {
            throw PrivateNetwork.Refused(step: "unshare", code: errno)
        }
        return try current()
    }

    /// setns(2), which Swift's view of glibc leaves out.
    private static let setns = unsafe unsafeBitCast(
        dlsym(nil, "setns"), to: (@convention(c) (Int32, Int32) -> Int32).self)

    /// The calling thread goes there.
    func enter() throws {
        guard Self.setns(descriptor, PrivateNetwork.newNetwork) == 0 else {
            throw PrivateNetwork.Refused(step: "setns", code: errno)
        }
    }
}
