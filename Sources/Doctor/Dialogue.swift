// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Questions to real servers, and the answers that came.
struct Dialogue {
    private let probes: [Probe]
    private let tag: UInt16
    /// This host's.
    private let mac: MACAddress
    /// Whose they are.
    private let owners: [MACAddress: Set<IPAddress>]
    private var answers: [Set<ProbeAnswer>]

    init(probes: [Probe], reals: [RealServerFacts], tag: UInt16, mac: MACAddress) {
        self.probes = probes
        self.tag = tag
        self.mac = mac
        owners = reals.reduce(into: [:]) { owners, real in
            for mac in real.macs { owners[mac, default: []].insert(real.address) }
        }
        answers = Array(repeating: [], count: probes.count)
    }

    /// The frames of all questions that have no answer yet.
    var unanswered: [[UInt8]] {
        probes.indices.filter { answers[$0].isEmpty }.map {
            probes[$0].frame(tag: tag, number: UInt16($0))
        }
    }

    /// Takes what came in.
    ///
    /// - Returns: a frame that ends what an answer began.
    mutating func take(_ frame: [UInt8]) -> [UInt8]? {
        guard let heard = HeardAnswer(frame, tag: tag), heard.receiver == mac,
            probes.indices.contains(Int(heard.number)), heard.mac != mac
        else { return nil }
        let probe = probes[Int(heard.number)]
        // A packet that one real server passes on can be answered by another.
        if let owners = owners[heard.mac], !owners.contains(probe.realServer) { return nil }
        guard isFitting(heard, probe) else { return nil }
        answers[Int(heard.number)].insert(heard.answer)
        return heard.answer == .accepted ? probe.reset(tag: tag, number: heard.number) : nil
    }

    private func isFitting(_ heard: HeardAnswer, _ probe: Probe) -> Bool {
        let family = probe.realServer.family
        let asker = probe.question == .stranger ? Probe.stranger(family) : probe.source
        return switch heard.answer {
        case .returned: heard.source == asker && heard.destination == probe.destination
        case .unreachable, .tooBig: heard.destination == asker
        case .reply, .fragments, .accepted, .refused:
            heard.source == probe.destination && heard.destination == asker
        }
    }

    func write(into reals: inout [RealServerFacts]) {
        var byAddress: [IPAddress: [ProbeQuestion: Set<ProbeAnswer>]] = [:]
        for (probe, answers) in zip(probes, answers) where !answers.isEmpty {
            byAddress[probe.realServer, default: [:]][probe.question] = answers
        }
        for index in reals.indices {
            reals[index].answers = byAddress[reals[index].address] ?? [:]
        }
    }
}
