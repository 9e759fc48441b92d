// SPDX-License-Identifier: Apache-2.0

import LVSModel

// The ports of a service.
extension SettingsDecoder {
    private static let expectedPorts =
        "a port of 1...65535, a range such as 8000-8100, a list of both, or any"

    /// What `port` or `ports` says; a service has one of the two.
    mutating func ports(single: Value?, several: Value?, of service: Value) -> PortSet? {
        let oneOfTwo = "port, or ports for several"
        if let single, let several {
            let second = single.position < several.position ? several : single
            note(second, "both port and ports in a service", expected: oneOfTwo)
            return nil
        }
        if let single { return port(single).map { PortSet($0) } }
        if let several { return portSet(several) }
        note(service, "missing key \"port\" in a service", expected: oneOfTwo)
        return nil
    }

    mutating func port(_ value: Value) -> UInt16? {
        number(value, named: "port", in: 1...UInt16.max)
    }

    private mutating func portSet(_ value: Value) -> PortSet? {
        switch value.content {
        case .list(let items): portSet(of: value, items: items)
        case .text("any", _): .any
        default: portRange(value).flatMap { PortSet([$0]) }
        }
    }

    private mutating func portSet(of value: Value, items: [Value]) -> PortSet? {
        guard (1...PortSet.maximumRanges).contains(items.count) else {
            note(
                value, "ports has \(items.count) items",
                expected: "1...\(PortSet.maximumRanges) ports and ranges",
                hint: items.isEmpty ? "any is all ports" : "neighbours are a range: 8000-8100")
            return nil
        }
        var ranges: [ClosedRange<UInt16>] = []
        for item in items {
            guard let range = portRange(item) else { continue }
            if ranges.contains(where: range.overlaps) {
                note(item, "ports has \(kind(item)) twice", expected: "each port once")
            } else {
                ranges.append(range)
            }
        }
        return ranges.count == items.count ? PortSet(ranges) : nil
    }

    /// `443` or `8000-8100`.
    private mutating func portRange(_ value: Value) -> ClosedRange<UInt16>? {
        guard let text = text(value, named: "ports", expected: Self.expectedPorts) else {
            return nil
        }
        let ends = text.split(separator: "-", maxSplits: 1)
        guard ends.count == 2 else {
            let port = number(
                value, named: "port", in: 1...UInt16.max, expected: Self.expectedPorts)
            return port.map { $0...$0 }
        }
        guard let first = shortNumber(ends[0]), let last = shortNumber(ends[1]) else {
            note(value, "ports \(shown(text)) is no range", expected: Self.expectedPorts)
            return nil
        }
        guard first <= last else {
            note(
                value, "ports \(shown(text)) ends before it begins", expected: "\(last)-\(first)")
            return nil
        }
        return first...last
    }

    /// 1...65,535 in decimal digits.
    func shortNumber(_ text: Substring) -> UInt16? {
        guard case .number(let count) = WholeNumber(text), count > 0 else { return nil }
        return UInt16(exactly: count)
    }
}
