// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Differences of settings")
struct DifferencesTests {
    @Test("the same settings differ in nothing")
    func same() {
        #expect(Change.changes(from: DirectorHost.settings, to: DirectorHost.settings) == [])
    }

    @Test("a weight is one change, not a service that goes and comes")
    func weight() {
        var new = DirectorHost.settings
        new.services[0].realServers[1].weight = 5
        #expect(
            Change.changes(from: DirectorHost.settings, to: new) == [
                .editRealServer(
                    DirectorHost.web2, of: DirectorHost.service, RealServerEdit(weight: 5))
            ])
    }

    @Test("another order is no difference")
    func order() {
        var new = DirectorHost.settings
        new.services[0].realServers.reverse()
        #expect(Change.changes(from: DirectorHost.settings, to: new) == [])
    }

    @Test("what only a restart brings is told apart")
    func restart() {
        var new = DirectorHost.settings
        new.interface = "eth1"
        new.flowCapacity = 1024
        new.workers = 2
        new.start = .standby
        new.metrics = SocketAddress(address: ip("127.0.0.1"), port: 9707)
        new.runtimeDirectory = "/run/other"
        #expect(Change.changes(from: DirectorHost.settings, to: new) == [])
        #expect(
            DirectorHost.settings.restartDifferences(to: new) == [
                "interface: eth0 -> eth1", "flow-capacity: 1048576 -> 1024",
                "workers: by the cores -> 2", "start: active -> standby",
                "metrics: none -> 127.0.0.1:9707", "runtime-directory: /run/lvsdr -> /run/other",
            ])
        #expect(new.restartDifferences(to: new) == [])
    }

    @Test("the old settings with the changes are the new ones", arguments: UInt64(1)...200)
    func roundTrip(seed: UInt64) throws {
        var dice = Dice(state: seed)
        let (old, new) = (DirectorSettings.drawn(by: &dice), DirectorSettings.drawn(by: &dice))
        let changes = Change.changes(from: old, to: new)
        #expect(try old.applying(changes).inAnOrder == new.inAnOrder)
        #expect(changes.isEmpty == (old.inAnOrder == new.inAnOrder))
    }
}

/// Numbers that repeat in each run.
struct Dice: RandomNumberGenerator {
    var state: UInt64

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}

extension DirectorSettings {
    /// Valid ones, of so few names that two such settings have much in both.
    static func drawn(by dice: inout Dice) -> DirectorSettings {
        var settings = DirectorSettings(interface: "eth0")
        settings.timeouts.tcp = UInt32.random(in: 1...2, using: &dice)
        settings.checkLimit = Int.random(in: 1...2, using: &dice)
        settings.sourceMAC = Bool.random(using: &dice) ? .director : .preserve
        settings.peers = Bool.random(using: &dice) ? [] : [mac(9)]
        settings.answers.perSecond = UInt32.random(in: 1...2, using: &dice)
        for vip in UInt32(0)..<3 {
            let arp = Bool.random(using: &dice) ? ARPMode.director : .host
            for port in UInt16(80)..<83 where Bool.random(using: &dice) {
                let address = ServiceAddress(
                    address: IPAddress(ipv4: 0x0A00_0000 + vip), port: port, transport: .udp)
                settings.services.append(.drawn(address, arp, by: &dice))
            }
        }
        settings.services.shuffle(using: &dice)
        return settings
    }

    /// With services and real servers in the order of their names.
    var inAnOrder: DirectorSettings {
        var settings = self
        settings.services.sort { $0.address < $1.address }
        for index in settings.services.indices {
            settings.services[index].realServers.sort { $0.address < $1.address }
        }
        return settings
    }
}

extension VirtualService {
    fileprivate static func drawn(
        _ address: ServiceAddress, _ arp: ARPMode, by dice: inout Dice
    ) -> VirtualService {
        let checks = [nil, HealthCheck(kind: .tcp), HealthCheck(kind: .icmp)]
        let schedulers: [(Scheduler, Set<SchedulerFlag>)] = [
            (.rr, []), (.sh, []), (.sh, [.shPort]), (.mh, [.mhFallback]),
        ]
        let (scheduler, flags) = schedulers.randomElement(using: &dice) ?? (.rr, [])
        var service = VirtualService(
            address: address, scheduler: scheduler, schedulerFlags: flags,
            persistence: Bool.random(using: &dice) ? Persistence(prefixLength: 24) : nil,
            onePacket: Bool.random(using: &dice),
            onDown: OnDownPolicy.allCases.randomElement(using: &dice) ?? .keep, arp: arp,
            check: checks.randomElement(using: &dice) ?? nil,
            minimumUp: UInt32.random(in: 0...1, using: &dice),
            sorryServer: Bool.random(using: &dice) ? ip("10.1.0.99") : nil,
            slowStart: UInt32.random(in: 0...1, using: &dice))
        for real in UInt32(0)..<5 where Bool.random(using: &dice) {
            let state = AdministrativeState.allCases.randomElement(using: &dice) ?? .enabled
            let isTimed = state == .draining && Bool.random(using: &dice)
            service.realServers.append(
                RealServer(
                    address: IPAddress(ipv4: 0x0A01_0000 + real),
                    weight: UInt16.random(in: 0...1, using: &dice),
                    upperThreshold: UInt32.random(in: 4...5, using: &dice),
                    lowerThreshold: UInt32.random(in: 0...1, using: &dice),
                    check: Bool.random(using: &dice) ? .services : RealServerCheck.none,
                    administrativeState: state, drainEnd: isTimed ? 77 : nil))
        }
        service.realServers.shuffle(using: &dice)
        return service
    }
}
