// SPDX-License-Identifier: Apache-2.0

/// An IPv6 address as text: RFC 4291 section 2.2 in, RFC 5952 section 4 out.
enum IPv6Text {
    private static let groupCount = 8

    /// Reads up to eight groups of one to four hexadecimal digits, at most one `::`, and a dotted
    /// IPv4 address in the place of the last two. nil for anything else.
    static func parse(_ text: some StringProtocol) -> (high: UInt64, low: UInt64)? {
        guard text.utf8.count <= 45 else { return nil }
        let halves = halves(of: Substring(text))
        guard let first = halves.first, halves.count <= 2 else { return nil }
        guard let head = groups(first, endsAddress: halves.count == 1) else { return nil }
        guard halves.count == 2 else {
            return head.count == groupCount ? words(head) : nil
        }
        guard let tail = groups(halves[1], endsAddress: true) else { return nil }
        let missing = groupCount - head.count - tail.count
        guard missing >= 1 else { return nil }
        return words(head + Array(repeating: 0, count: missing) + tail)
    }

    /// What stands before and behind each `::`.
    private static func halves(of text: Substring) -> [Substring] {
        var halves: [Substring] = []
        var rest = text
        while let gap = firstGap(in: rest) {
            halves.append(rest[..<gap])
            rest = rest[rest.utf8.index(gap, offsetBy: 2)...]
        }
        return halves + [rest]
    }

    private static func firstGap(in text: Substring) -> Substring.Index? {
        let bytes = text.utf8
        return bytes.indices.first { index in
            let next = bytes.index(after: index)
            return bytes[index] == 0x3A && next < bytes.endIndex && bytes[next] == 0x3A
        }
    }

    /// The groups between colons; the last part may be a dotted IPv4 address, which makes two.
    private static func groups(_ text: Substring, endsAddress: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (place, part) in parts.enumerated() {
            if part.utf8.contains(0x2E) {
                guard endsAddress, place == parts.count - 1 else { return nil }
                guard let ipv4 = IPAddress.ipv4Number(part) else { return nil }
                groups += [UInt16(ipv4 >> 16), UInt16(truncatingIfNeeded: ipv4)]
            } else {
                guard (1...4).contains(part.utf8.count), let group = hexadecimal(part) else {
                    return nil
                }
                groups.append(group)
            }
        }
        return groups.count <= groupCount ? groups : nil
    }

    /// `UInt16(_:radix:)` takes a sign too.
    private static func hexadecimal(_ text: Substring) -> UInt16? {
        guard text.utf8.first != 0x2B, text.utf8.first != 0x2D else { return nil }
        return UInt16(text, radix: 16)
    }

    private static func words(_ groups: [UInt16]) -> (high: UInt64, low: UInt64) {
        func word(_ part: ArraySlice<UInt16>) -> UInt64 {
            part.reduce(0) { $0 << 16 | UInt64($1) }
        }
        return (word(groups[..<4]), word(groups[4...]))
    }

    /// Lower case without leading zeros; the first of the longest runs of two or more zero groups is
    /// `::`.
    static func write(high: UInt64, low: UInt64) -> String {
        let groups = [high, low].flatMap { word in
            stride(from: 48, through: 0, by: -16).map { UInt16(truncatingIfNeeded: word >> $0) }
        }
        let text = groups.map { String($0, radix: 16) }
        guard let gap = longestZeroRun(groups) else { return text.joined(separator: ":") }
        return text[..<gap.lowerBound].joined(separator: ":") + "::"
            + text[gap.upperBound...].joined(separator: ":")
    }

    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
        var longest: Range<Int>?
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start >= 2, end - start > longest?.count ?? 0 { longest = start..<end }
            start = max(end, start + 1)
        }
        return longest
    }
}
