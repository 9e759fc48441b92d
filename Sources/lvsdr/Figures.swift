// SPDX-License-Identifier: Apache-2.0

/// How numbers are written for eyes.
enum Figures {
    /// All digits, in groups of three: `1,234,567`.
    static func grouped(_ number: UInt64) -> String {
        let digits = Array(String(number))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// At most four characters and a letter, cut and not rounded: `999`, `1.23K`, `12.3M`, `123G`.
    ///
    /// K is 1,000, as ipvsadm has it.
    static func compact(_ number: UInt64) -> String {
        var unit: UInt64 = 1
        var letters = "KMGTPE".makeIterator()
        var letter: Character?
        while number / unit >= 1_000, let next = letters.next() {
            unit *= 1_000
            letter = next
        }
        guard let letter else { return "\(number)" }
        let whole = number / unit
        let places = 3 - "\(whole)".count
        guard places > 0 else { return "\(whole)\(letter)" }
        let thousandths = number / (unit / 1_000) % 1_000
        let decimals = String("\(thousandths + 1_000)".dropFirst().prefix(places))
        return "\(whole).\(decimals)\(letter)"
    }

    /// A count a second: `0`, `0.25`, `12.3`, `1.23K`; `n/a` for none.
    static func rate(_ number: Double?) -> String {
        guard let number, number.isFinite, number >= 0 else { return "n/a" }
        guard number < 1_000 else { return compact(UInt64(min(number, 1e18))) }
        guard number > 0 else { return "0" }
        let places = number < 10 ? 100 : number < 100 ? 10 : 1
        let parts = UInt64((number * Double(places)).rounded())
        let decimals = "\(UInt64(places) + parts % UInt64(places))".dropFirst()
        return "\(parts / UInt64(places))" + (decimals.isEmpty ? "" : ".\(decimals)")
    }

    /// `250 us`, `4.0 ms`, `2.0 s`.
    static func time(microseconds: UInt64) -> String {
        switch microseconds {
        case ..<1_000: "\(microseconds) us"
        case ..<1_000_000: "\(microseconds / 1_000).\(microseconds / 100 % 10) ms"
        default: "\(microseconds / 1_000_000).\(microseconds / 100_000 % 10) s"
        }
    }

    /// The two largest units: `3 days 4 hours`, `1 minute`, `12 seconds`.
    static func duration(seconds: UInt64) -> String {
        let units: [(name: String, count: UInt64)] = [
            ("day", seconds / 86_400), ("hour", seconds / 3_600 % 24),
            ("minute", seconds / 60 % 60), ("second", seconds % 60),
        ]
        guard let first = units.firstIndex(where: { $0.count > 0 }) else { return "0 seconds" }
        return units[first...].prefix(2).filter { $0.count > 0 }
            .map { plural($0.count, $0.name) }.joined(separator: " ")
    }

    /// `1 flow`, `2 flows`.
    static func plural(_ count: UInt64, _ name: String) -> String {
        "\(grouped(count)) \(name)\(count == 1 ? "" : "s")"
    }
}
