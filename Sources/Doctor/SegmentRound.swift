// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostNetwork
import LVSModel

/// Asks the hosts of one segment: first for MAC addresses, then the real servers in the way of their
/// clients. About two seconds, however many they are.
struct SegmentRound {
    /// How long answers are waited for, and how often a question is asked.
    private static let wait = Duration.seconds(1)
    private static let attempts = 3
    private static let step = Duration.milliseconds(10)

    let link: HostLink
    let mac: MACAddress
    /// Those whose clients' frames come in by this interface; none for another one.
    let vips: [IPAddress]
    /// Called again and again while it lasts.
    let tick: () -> Void

    /// Fills in what the real servers answer.
    ///
    /// - Parameters:
    ///   - reals: those whose route is the interface.
    ///   - source: the host's own address that it asks a real server from.
    /// - Returns: what was said of the VIPs.
    func run(
        _ reals: inout [RealServerFacts], source: (IPAddress) -> IPAddress?
    ) throws(HostNetworkError) -> [VIPClaim] {
        let rips = reals.map(\.address)
        let listener = try SegmentListener(interface: link.index, addresses: vips + rips)
        resolve(rips, listener)
        for index in reals.indices {
            reals[index].macs = listener.holders(of: reals[index].address)
        }
        listener.ask(vips, pause: pause)
        try ask(&reals, source: source)
        let claims = listener.box.claims.filter { vips.contains($0.vip) }
        for index in reals.indices {
            let macs = reals[index].macs
            reals[index].claims = claims.filter { macs.contains($0.mac) }
        }
        return Array(claims)
    }

    private func resolve(_ rips: [IPAddress], _ listener: borrowing SegmentListener) {
        var unknown = rips
        for attempt in 0..<Self.attempts {
            listener.ask(attempt == 0 ? vips + unknown : unknown, pause: pause)
            let end = ContinuousClock.now + Self.wait / Self.attempts
            repeat {
                pause()
                let holders = Set(listener.box.claims.filter { $0.kind == .holder }.map(\.vip))
                unknown.removeAll { holders.contains($0) }
            } while !unknown.isEmpty && ContinuousClock.now < end
            if unknown.isEmpty { return }
        }
    }

    private func ask(
        _ reals: inout [RealServerFacts], source: (IPAddress) -> IPAddress?
    ) throws(HostNetworkError) {
        // Beyond the ports that the kernel gives to its own connections.
        let tag = UInt16.random(in: 61_001...65_535)
        let socket = try ProbeSocket(interface: link.index, port: tag)
        var dialogue = Dialogue(
            probes: probes(reals, source: source), reals: reals, tag: tag, mac: mac)
        for _ in 0..<Self.attempts {
            for (index, frame) in dialogue.unanswered.enumerated() {
                if index > 0, index.isMultiple(of: 100) {
                    pause()
                    hear(&dialogue, socket)
                }
                socket.send(frame)
            }
            let end = ContinuousClock.now + Self.wait / Self.attempts
            repeat {
                pause()
                hear(&dialogue, socket)
            } while ContinuousClock.now < end
        }
        dialogue.write(into: &reals)
    }

    private func hear(_ dialogue: inout Dialogue, _ socket: borrowing ProbeSocket) {
        // A storm ends it as well: it is looked at again a moment later.
        for _ in 0..<10_000 {
            guard let frame = socket.receive() else { return }
            if let answer = dialogue.take(frame) { socket.send(answer) }
        }
    }

    private func probes(
        _ reals: [RealServerFacts], source: (IPAddress) -> IPAddress?
    ) -> [Probe] {
        var probes: [Probe] = []
        for real in reals {
            guard let mac = real.mac, let source = source(real.address) else { continue }
            probes += real.questions.map {
                Probe(
                    question: $0, realServer: real.address, source: source, sourceMAC: self.mac,
                    mac: mac, mtu: link.mtu)
            }
        }
        return probes
    }

    private func pause() {
        tick()
        usleep(useconds_t(Self.step / .microseconds(1)))
    }
}
