// SPDX-License-Identifier: Apache-2.0

/// One measurement of a contender under a scenario.
public struct Sample: Hashable, Sendable {
    /// In the scenario's unit.
    public var value: Double
    /// Of what was sent, 0...1; 1 where nothing counts that.
    public var delivered = 1.0
    /// Of the director's CPU, what neither the director used nor was idle, 0...1: others took it.
    public var foreign = 0.0
    /// Milliseconds, where requests were timed.
    public var latency: Latency?

    public struct Latency: Hashable, Sendable {
        public var median: Double
        public var ninetyNinth: Double
    }

    public init(value: Double, delivered: Double = 1, foreign: Double = 0, latency: Latency? = nil)
    {
        self.value = value
        self.delivered = delivered
        self.foreign = foreign
        self.latency = latency
    }
}

extension Sample {
    /// Takes the line of `lvsdr-traffic measure`; nil where it is not one.
    ///
    /// - Parameter alternately: each second frame was an ACK of an established flow, and those count.
    init?(measured line: String, unit: Scenario.Unit, alternately: Bool = false) {
        var numbers: [Substring: Double] = [:]
        for word in line.split(whereSeparator: \.isWhitespace) {
            let parts = word.split(separator: "=")
            if parts.count == 2 { numbers[parts[0]] = Double(parts[1]) }
        }
        guard let time = numbers["time"], time > 0, let all = numbers["sent"],
            let delivered = numbers[alternately ? "acks" : "delivered"], let used = numbers["used"],
            let idle = numbers["idle"]
        else { return nil }
        let sent = alternately ? all / 2 : all
        self.init(
            value: unit == .nanosecondsPerFrame
                ? used / max(delivered, 1) : delivered / time * 1e9,
            delivered: sent == 0 ? 0 : min(delivered / sent, 1),
            foreign: min(max((time - idle - used) / time, 0), 1))
    }

    /// Takes what `wrk --latency` prints.
    init?(wrk text: String) {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        func word(after first: String) -> Substring? {
            lines.first { $0.count >= 2 && $0[0] == first }?[1]
        }
        guard let rate = word(after: "Requests/sec:").flatMap({ Double($0) }),
            let median = word(after: "50%").flatMap(Self.milliseconds),
            let ninetyNinth = word(after: "99%").flatMap(Self.milliseconds)
        else { return nil }
        self.init(value: rate, latency: Latency(median: median, ninetyNinth: ninetyNinth))
    }

    /// `12.3us`, `4.5ms`, `1.2s`.
    private static func milliseconds(_ text: Substring) -> Double? {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        guard let number = Double(digits) else { return nil }
        return switch text.dropFirst(digits.count) {
        case "us": number / 1000
        case "ms": number
        case "s": number * 1000
        default: nil
        }
    }

    /// Takes what `iperf3 --format k` prints: its last line's rate is what the receiver got.
    init?(iperf text: String) {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        guard let line = lines.last(where: { $0.last == "receiver" }),
            let unit = line.firstIndex(of: "Kbits/sec"), unit > 0,
            let rate = Double(line[unit - 1])
        else { return nil }
        self.init(value: rate * 1000)
    }
}
