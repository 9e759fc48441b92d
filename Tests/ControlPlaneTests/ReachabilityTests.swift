// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Reachability")
struct ReachabilityTests {
    /// What a director in this host knows of web 1.
    private func web1(_ change: (inout DirectorHost) -> Void) throws -> Reachability {
        var rehearsal = try Rehearsal()
        change(&rehearsal.host)
        try rehearsal.begin()
        return rehearsal.reconciler.host.reachability(of: DirectorHost.web1)
    }

    @Test("a real server on a connected network with a MAC address is up")
    func up() throws {
        let reach = try web1 { _ in }
        #expect(reach == .up(throughEth0(5), interface: "eth0"))
        #expect(reach.health == .up)
        #expect(reach.reason == nil)
    }

    @Test("a real server behind the second arm leaves by that interface")
    func twoArms() throws {
        let reach = try web1 {
            $0.routes[DirectorHost.web1] = .onLink(interface: 3)
            $0.neighbours[0].interface = 3
        }
        let egress = ForwardingTable.Interface(index: 3, mac: mac(0x14))
        #expect(reach == .up(.init(mac: mac(5), egress: egress), interface: "eth1"))
    }

    @Test("nothing is known before the first reading")
    func unknown() throws {
        let reach = try Rehearsal().reconciler.host.reachability(of: DirectorHost.web1)
        #expect(reach.health == .unknown)
        #expect(reach.reason == "the host's network was not read yet")
    }

    private static let downs: [(String, @Sendable (inout DirectorHost) -> Void)] = [
        ("no MAC address", { $0.neighbours[0].mac = nil }),
        ("no MAC address", { $0.neighbours.remove(at: 0) }),
        ("no MAC address", { $0.neighbours[0].mac = MACAddress(rawValue: 0) }),
        ("no MAC address", { $0.neighbours[0].mac = MACAddress(rawValue: 0x0100_5E00_0001) }),
        ("no MAC address", { $0.neighbours[0].interface = 3 }),
        ("its MAC address is the director's own", { $0.neighbours[0].mac = mac(4) }),
        ("an address of this host", { $0.routes[DirectorHost.web1] = .local }),
        ("no route", { $0.routes[DirectorHost.web1] = .unreachable }),
        (
            "reached through the gateway 10.0.0.1, not on a connected network",
            { $0.routes[DirectorHost.web1] = .gateway(ip("10.0.0.1"), interface: 2) }
        ),
        (
            "interface eth1 is down",
            {
                $0.routes[DirectorHost.web1] = .onLink(interface: 3)
                $0.links[1].isRunning = false
            }
        ),
        (
            "interface eth1 has no MAC address of its own",
            {
                $0.routes[DirectorHost.web1] = .onLink(interface: 3)
                $0.links[1].mac = nil
            }
        ),
        ("its interface was removed", { $0.routes[DirectorHost.web1] = .onLink(interface: 9) }),
    ]

    @Test("what can not be reached at layer 2 is down, with the reason in words", arguments: downs)
    func down(reason: String, change: @Sendable (inout DirectorHost) -> Void) throws {
        let reach = try web1(change)
        #expect(reach.health == .down)
        #expect(reach.link == nil)
        #expect(reach.reason == reason)
    }

    @Test("the MAC address of the director's other interface is its own too")
    func otherArm() throws {
        let reach = try web1 {
            $0.routes[DirectorHost.web1] = .onLink(interface: 3)
            $0.neighbours[0] = HostNeighbour(interface: 3, address: DirectorHost.web1, mac: mac(4))
        }
        #expect(reach == .down(.directorsOwnMAC))
    }
}
