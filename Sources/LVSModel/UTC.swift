// SPDX-License-Identifier: Apache-2.0

/// A time of day and its date in Greenwich, as text for people and programs.
public struct UTC: Hashable, Sendable, CustomStringConvertible {
    /// Since 1970, without leap seconds.
    public var seconds: UInt64

    public init(seconds: UInt64) {
        self.seconds = seconds
    }

    /// As RFC 3339 writes it: `2026-11-23T08:05:00Z`.
    public var description: String {
        let (year, month, day) = date
        let time = seconds % 86_400
        let parts = [time / 3600, time / 60 % 60, time % 60].map { Self.padded($0, to: 2) }
        return "\(Self.padded(year, to: 4))-\(Self.padded(month, to: 2))-\(Self.padded(day, to: 2))"
            + "T\(parts.joined(separator: ":"))Z"
    }

    /// In the Gregorian calendar. Counted from the first of March of the year 0, so that a leap day
    /// is the last of its year, of its four years and of its 400 years.
    private var date: (year: UInt64, month: UInt64, day: UInt64) {
        let (eras, dayOfEra) = (seconds / 86_400 + 719_468).quotientAndRemainder(
            dividingBy: 146_097)
        let leaps = dayOfEra / 1460 - dayOfEra / 36_524 + dayOfEra / 146_096
        let yearOfEra = (dayOfEra - leaps) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // Of five months from March on, each has 30.6 days.
        let fromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * fromMarch + 2) / 5 + 1
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        return (eras * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }

    private static func padded(_ number: UInt64, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
