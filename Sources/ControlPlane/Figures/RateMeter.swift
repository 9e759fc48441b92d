// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Rates of everything, from readings of the counters each second.
///
/// With up to 4,096 real servers it reads always. With more a reading costs what is worth saving: it
/// reads while somebody asks for rates, and for 90 seconds more.
struct RateMeter: Sendable {
    static let smallCount = 4_096
    static let attention = Duration.seconds(90)

    private var total = TrafficHistory()
    private var services = TrafficHistory()
    private var realServers = TrafficHistory()
    private var lastQuestion: Duration?

    mutating func noteQuestion(at now: Duration) {
        lastQuestion = now
    }

    /// - Parameter count: of real servers.
    func wantsReading(of count: Int, at now: Duration) -> Bool {
        count <= Self.smallCount || lastQuestion.map { now - $0 <= Self.attention } ?? false
    }

    mutating func read(_ counters: DataPlaneCounters, at now: Duration) {
        let sum = counters.services.values.reduce(into: Traffic()) { sum, traffic in
            sum.connections += traffic.connections
            sum.packets += traffic.packets
            sum.bytes += traffic.bytes
        }
        total.append([sum], at: now)
        services.append(byIndex(counters.services, \.self), at: now)
        realServers.append(byIndex(counters.realServers, \.traffic), at: now)
    }

    /// To be called when nothing was read for a while: the memory is free, and no rate is an old one.
    mutating func rest() {
        guard !total.isEmpty else { return }
        total.removeAll()
        services.removeAll()
        realServers.removeAll()
    }

    var ofAll: Rates { total.rates(at: 0) }

    func rates(ofService index: UInt32) -> Rates { services.rates(at: Int(index)) }

    func rates(ofRealServer index: UInt32) -> Rates { realServers.rates(at: Int(index)) }

    private func byIndex<Counters>(
        _ counters: [UInt32: Counters], _ traffic: (Counters) -> Traffic
    ) -> [Traffic] {
        guard let last = counters.keys.max() else { return [] }
        var values = [Traffic](repeating: Traffic(), count: Int(last) + 1)
        for (index, counter) in counters { values[Int(index)] = traffic(counter) }
        return values
    }
}
