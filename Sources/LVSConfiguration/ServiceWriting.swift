// SPDX-License-Identifier: Apache-2.0

import LVSModel

extension VirtualService {
    /// Without what is as it would be anyway.
    ///
    /// - Parameter standardARP: what `arp` is where it is left out.
    func written(standardARP: ARPMode = .director) -> Written {
        var keys = WrittenMapping()
        keys.add("address", .text("\(address.address)"))
        keys.add(ports: address.ports)
        keys.add("protocol", address.transport, unless: .tcp, Written.word)
        keys.add("scheduler", .word(scheduler))
        keys.add("scheduler-flags", schedulerFlags, unless: [], Written.flags)
        if let persistence { keys.add(persistence, vip: address.address) }
        keys.add("one-packet", onePacket, unless: false, Written.flag)
        keys.add("on-down", onDown, unless: .reschedule, Written.word)
        keys.add("arp", arp, unless: standardARP, Written.word)
        keys.add("check", check, \.written)
        keys.add("minimum-up", minimumUp, unless: 0, Written.count)
        keys.add("sorry-server", sorryServer, Written.address)
        keys.add("slow-start", slowStart, unless: 0, Written.seconds)
        keys.add("real-servers", .list(realServers.map { .mapping($0.keys.pairs) }))
        return keys.written
    }
}

extension RealServer {
    /// Without what is as it would be anyway.
    var keys: WrittenMapping {
        var keys = WrittenMapping()
        keys.add("address", Written.address(address))
        keys.add("weight", weight, unless: 1, Written.count)
        keys.add("upper-threshold", upperThreshold, unless: 0, Written.count)
        keys.add("lower-threshold", lowerThreshold, unless: 0, Written.count)
        keys.add("check", check, unless: .services, \.written)
        keys.add("state", administrativeState, unless: .enabled, Written.word)
        if administrativeState == .draining {
            keys.add("drain-until", drainEnd, Written.count)
        }
        return keys
    }
}

extension RealServerCheck {
    /// Null for the service's.
    var written: Written {
        switch self {
        case .services: .null
        case .none: .text("none")
        case .own(let check): check.written
        }
    }
}

extension WrittenMapping {
    /// The key that fits and its value.
    fileprivate mutating func add(ports: PortSet) {
        if let port = ports.single { return add("port", .count(port)) }
        if ports.isAny { return add("ports", .text("any")) }
        let ranges = ports.ranges.map { range -> Written in
            range.count == 1
                ? .count(range.lowerBound) : .text("\(range.lowerBound)-\(range.upperBound)")
        }
        add("ports", ranges.count == 1 ? ranges[0] : .list(ranges))
    }

    mutating func add(_ persistence: Persistence, vip: IPAddress) {
        add("persistence", Written.seconds(persistence.timeout))
        if Int(persistence.prefixLength) != vip.family.bitCount {
            add("persistence-mask", .count(persistence.prefixLength))
        }
    }
}

extension Written {
    static func address(_ address: IPAddress) -> Written { .text(address.description) }

    static func seconds(_ time: UInt32) -> Written { .text(TimeText.seconds(time)) }

    static func flags(_ flags: Set<SchedulerFlag>) -> Written {
        .list(flags.map(\.rawValue).sorted().map(Written.text))
    }
}
