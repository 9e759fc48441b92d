// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Where counters stood in the last minute, by their indexes: each second of the last ten, and
/// before that each tenth second. For each index that is 18 times 24 bytes at most.
struct TrafficHistory: Sendable {
    private struct Reading: Sendable {
        var time: Duration
        var values: [Traffic]
    }

    /// The latest last.
    private var seconds: [Reading] = []
    private var tens: [Reading] = []

    private static let secondCount = 11
    private static let tenCount = 7

    var isEmpty: Bool { seconds.isEmpty }

    /// - Parameter values: by index; one that is not there stood at nothing.
    mutating func append(_ values: [Traffic], at time: Duration) {
        let reading = Reading(time: time, values: values)
        seconds.append(reading)
        if seconds.count > Self.secondCount { seconds.removeFirst() }
        let isDue = tens.last.map { time - $0.time >= .milliseconds(9_500) } ?? true
        guard isDue else { return }
        tens.append(reading)
        if tens.count > Self.tenCount { tens.removeFirst() }
    }

    mutating func removeAll() {
        self = TrafficHistory()
    }

    func rates(at index: Int) -> Rates {
        Rates(
            second: rate(at: index, over: 1, in: seconds),
            tenSeconds: rate(at: index, over: 10, in: seconds),
            minute: rate(at: index, over: 60, in: tens))
    }

    /// From the reading whose age comes next to the window, within a fifth of it.
    private func rate(at index: Int, over window: Double, in readings: [Reading]) -> Rate? {
        guard let latest = seconds.last else { return nil }
        func age(_ reading: Reading) -> Double { (latest.time - reading.time) / .seconds(1) }
        let range = window * 0.8...window * 1.2
        let old = readings.filter { range.contains(age($0)) }
            .min { abs(age($0) - window) < abs(age($1) - window) }
        guard let old else { return nil }
        func value(_ reading: Reading) -> Traffic {
            reading.values.indices.contains(index) ? reading.values[index] : Traffic()
        }
        let traffic = value(latest).since(value(old))
        let age = age(old)
        return Rate(
            connections: Double(traffic.connections) / age, packets: Double(traffic.packets) / age,
            bytes: Double(traffic.bytes) / age)
    }
}
