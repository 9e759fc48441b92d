// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Figures as lines of Prometheus' text format, version 0.0.4.
struct MetricLines {
    private(set) var bytes: [UInt8] = []

    /// What a metric is and counts; before its figures.
    mutating func describe(_ name: String, _ kind: String, _ text: String) {
        let text = text.replacing("\\", with: #"\\"#).replacing("\n", with: #"\n"#)
        bytes += "# HELP \(name) \(text)\n# TYPE \(name) \(kind)\n".utf8
    }

    /// - Parameter labels: as `labels` makes them; several after each other have a comma between.
    mutating func add(_ name: String, _ labels: String..., value: some MetricValue) {
        bytes += name.utf8
        var mark = UInt8(ascii: "{")
        for label in labels where !label.isEmpty {
            bytes.append(mark)
            bytes += label.utf8
            mark = UInt8(ascii: ",")
        }
        if mark == UInt8(ascii: ",") { bytes.append(UInt8(ascii: "}")) }
        bytes.append(UInt8(ascii: " "))
        bytes += value.metricText.utf8
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Takes the lines out.
    mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    /// Such as `verdict="TX",reason="flow"`.
    static func labels(_ pairs: KeyValuePairs<String, String>) -> String {
        pairs.map { "\($0.key)=\"\(escaped($0.value))\"" }.joined(separator: ",")
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { [0x5C, 0x22, 0x0A].contains($0) }) else { return text }
        return text.replacing("\\", with: #"\\"#).replacing("\"", with: #"\""#)
            .replacing("\n", with: #"\n"#)
    }
}

/// What a figure can be.
protocol MetricValue: Sendable, SendableMetatype {
    var metricText: String { get }
}

extension MetricValue where Self: CustomStringConvertible {
    var metricText: String { description }
}

extension UInt16: MetricValue {}
extension UInt32: MetricValue {}
extension UInt64: MetricValue {}
extension Int: MetricValue {}
extension Double: MetricValue {}

extension Bool: MetricValue {
    var metricText: String { self ? "1" : "0" }
}
