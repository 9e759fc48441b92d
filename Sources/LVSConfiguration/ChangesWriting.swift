// SPDX-License-Identifier: Apache-2.0

import LVSModel

extension Change {
    var written: Written {
        let (key, value): (ChangeKey, Written) =
            switch self {
            case .addService(let service): (.addService, service.written())
            case .editService(let name, let edit): (.editService, edit.written(of: name))
            case .removeService(let name): (.removeService, .text(name.name))
            case .removeAllServices: (.removeAllServices, .flag(true))
            case .addRealServer(let realServer, let name):
                (.addRealServer, name.written(with: realServer.keys))
            case .editRealServer(let rip, let name, let edit):
                (.editRealServer, name.written(with: edit.keys(of: rip)))
            case .removeRealServer(let rip, let name): (.removeRealServer, name.written(rip))
            case .drain(let rip, let name, let until): (.drain, name.written(rip, until: until))
            case .undrain(let rip, let name): (.undrain, name.written(rip))
            case .disable(let rip, let name): (.disable, name.written(rip))
            case .enable(let rip, let name): (.enable, name.written(rip))
            case .setTimeouts(let timeouts): (.setTimeouts, timeouts.keys(all: true).written)
            case .setAnswers(let answers): (.setAnswers, answers.written)
            case .setSourceMAC(let mode): (.setSourceMAC, .word(mode))
            case .setCheckLimit(let limit): (.setCheckLimit, .count(limit))
            case .setPeers(let peers): (.setPeers, .peers(peers))
            }
        return .mapping([Written.Pair(key: key.rawValue, value: value)])
    }
}

extension ServiceAddress {
    fileprivate func written(with keys: WrittenMapping) -> Written {
        .mapping([Written.Pair(key: "service", value: .text(name))] + keys.pairs)
    }

    fileprivate func written(_ rip: IPAddress, until: UInt64? = nil) -> Written {
        var keys = WrittenMapping()
        keys.add("address", Written.address(rip))
        keys.add("until", until, Written.count)
        return written(with: keys)
    }
}

extension ServiceEdit {
    fileprivate func written(of name: ServiceAddress) -> Written {
        var keys = WrittenMapping()
        keys.add("scheduler", scheduler, Written.word)
        keys.add("scheduler-flags", schedulerFlags, Written.flags)
        switch persistence {
        case .keep: break
        case .set(nil): keys.add("persistence", .null)
        case .set(let persistence?): keys.add(persistence, vip: name.address)
        }
        keys.add("one-packet", onePacket, Written.flag)
        keys.add("on-down", onDown, Written.word)
        keys.add("arp", arp, Written.word)
        keys.add("check", check, \.written)
        keys.add("minimum-up", minimumUp, Written.count)
        keys.add("sorry-server", sorryServer, Written.address)
        keys.add("slow-start", slowStart, Written.seconds)
        return name.written(with: keys)
    }
}

extension RealServerEdit {
    fileprivate func keys(of rip: IPAddress) -> WrittenMapping {
        var keys = WrittenMapping()
        keys.add("address", Written.address(rip))
        keys.add("weight", weight, Written.count)
        keys.add("upper-threshold", upperThreshold, Written.count)
        keys.add("lower-threshold", lowerThreshold, Written.count)
        keys.add("check", check, \.written)
        return keys
    }
}

extension AnswerPolicy {
    fileprivate var written: Written {
        var keys = WrittenMapping()
        keys.add("no-flow", .word(noFlow))
        keys.add("no-real-server", .word(noRealServer))
        keys.add("answers-per-second", .count(perSecond))
        return keys.written
    }
}

extension WrittenMapping {
    /// Null for what is taken away, nothing for what stays.
    fileprivate mutating func add<Value>(
        _ key: String, _ edit: Edit<Value?>, _ write: (Value) -> Written
    ) {
        if case .set(let value) = edit { add(key, value.map(write) ?? .null) }
    }
}
