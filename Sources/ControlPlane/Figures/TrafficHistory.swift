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
    /// Found at each reading, once for all indexes.
    private var second: Span?
    private var tenSeconds: Span?
    private var minute: Span?

    private static let secondCount = 11
    private static let tenCount = 7

    var isEmpty: Bool { seconds.isEmpty }

    /// - Parameter values: by index; one that is not there stood at nothing.
    mutating func append(_ values: [Traffic], at time: Duration) {
        let reading = Reading(time: time, values: values)
        seconds.append(reading)
        if seconds.count > Self.secondCount { seconds.removeFirst() }
        if tens.last.map({ time - $0.time >= .milliseconds(9_500) }) ?? true {
            tens.append(reading)
            if tens.count > Self.tenCount { tens.removeFirst() }
        }
        second = span(over: 1, in: seconds)
        tenSeconds = span(over: 10, in: seconds)
        minute = span(over: 60, in: tens)
    }

    mutating func removeAll() {
        self = TrafficHistory()
    }

    func rates(at index: Int) -> Rates {
        Rates(
            second: second?.rate(at: index), tenSeconds: tenSeconds?.rate(at: index),
            minute: minute?.rate(at: index))
    }

    /// From the reading whose age comes next to the window, within a fifth of it.
    private func span(over window: Double, in readings: [Reading]) -> Span? {
        guard let latest = seconds.last else { return nil }
        let ages = readings.map { (latest.time - $0.time) / .seconds(1) }
        let nearest = ages.indices.min { abs(ages[$0] - window) < abs(ages[$1] - window) }
        guard let nearest, (window * 0.8...window * 1.2).contains(ages[nearest]) else { return nil }
        return Span(
            start: readings[nearest].values, end: latest.values, seconds: ages[nearest])
    }
}

/// Where counters stood at two times.
private struct Span: Sendable {
    var start: [Traffic]
    var end: [Traffic]
    /// Between the two.
    var seconds: Double

    func rate(at index: Int) -> Rate {
        func value(_ values: [Traffic]) -> Traffic {
            values.indices.contains(index) ? values[index] : Traffic()
        }
        let traffic = value(end).since(value(start))
        return Rate(
            connections: Double(traffic.connections) / seconds,
            packets: Double(traffic.packets) / seconds, bytes: Double(traffic.bytes) / seconds)
    }
}
