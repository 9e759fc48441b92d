// SPDX-License-Identifier: Apache-2.0

/// What IPVS picks by hash: written for clarity, apart from the data plane, to compare it with.
enum KernelHash {
    struct Member {
        var host: UInt32
        var address: UInt32
        var weight: Int
        /// The last one that was not 0.
        var lastWeight: Int
    }

    /// SipHash-C-D of the bytes (Aumasson and Bernstein, 2012).
    static func sipHash(
        _ bytes: [UInt8], key: (UInt64, UInt64), rounds: (Int, Int)
    ) -> UInt64 {
        var state = SipState(key)
        var rest = bytes[...]
        while rest.count >= 8 {
            state.absorb(word(rest.prefix(8)), rounds: rounds.0)
            rest = rest.dropFirst(8)
        }
        state.absorb(word(rest) | UInt64(bytes.count) << 56, rounds: rounds.0)
        return state.finish(rounds: rounds.1)
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private struct SipState {
        var a, b, c, d: UInt64

        init(_ key: (UInt64, UInt64)) {
            a = key.0 ^ 0x736f_6d65_7073_6575
            b = key.1 ^ 0x646f_7261_6e64_6f6d
            c = key.0 ^ 0x6c79_6765_6e65_7261
            d = key.1 ^ 0x7465_6462_7974_6573
        }

        mutating func absorb(_ word: UInt64, rounds: Int) {
            d ^= word
            for _ in 0..<rounds { round() }
            a ^= word
        }

        mutating func finish(rounds: Int) -> UInt64 {
            c ^= 0xFF
            for _ in 0..<rounds { round() }
            return a ^ b ^ c ^ d
        }

        private mutating func round() {
            (a, b) = Self.half(a, b, 13)
            (c, d) = Self.half(c, d, 16)
            a = Self.rotate(a, 32)
            (a, d) = Self.half(a, d, 21)
            (c, b) = Self.half(c, b, 17)
            c = Self.rotate(c, 32)
        }

        private static func half(_ left: UInt64, _ right: UInt64, _ bits: UInt64) -> (
            UInt64, UInt64
        ) {
            let sum = left &+ right
            return (sum, rotate(right, bits) ^ sum)
        }

        private static func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 {
            word << bits | word >> (64 - bits)
        }
    }
}

// MARK: - sh and dh

extension KernelHash {
    static func bucket(_ number: UInt32) -> Int { Int(number &* 0x61C8_8647) >> 24 }

    /// The member of each of the 256 buckets; `byWeight` for sh.
    static func buckets(_ list: [Member], byWeight: Bool) -> [Member] {
        var runs: [Member] = []
        while runs.count < 256 {
            for member in list {
                runs += Array(repeating: member, count: byWeight ? max(1, member.weight) : 1)
            }
        }
        return Array(runs.prefix(256))
    }

    static func sh(_ buckets: [Member], number: UInt32, fallback: Bool) -> UInt32? {
        let home = bucket(number)
        if buckets[home].weight > 0 { return buckets[home].host }
        guard fallback else { return nil }
        for offset in 0..<256 {
            let rotated = (offset + home) % 256
            let other = buckets[(rotated + home) % 256]
            if other.weight > 0 { return other.host }
        }
        return nil
    }
}

// MARK: - mh

extension KernelHash {
    static let slots = 4093

    private static func hash(_ number: UInt32, key: UInt64) -> Int {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        let hash = sipHash(bytes, key: (key, key), rounds: (1, 3))
        return Int(UInt32(truncatingIfNeeded: hash))
    }

    static func slot(_ number: UInt32) -> Int { hash(number, key: 2_654_435_761) % slots }

    private static func divisor(_ left: Int, _ right: Int) -> Int {
        right == 0 ? left : divisor(right, left % right)
    }

    /// The index in the list for each slot; nil in all of them when nobody has a weight.
    static func table(_ list: [Member], port: UInt16) -> [Int?] {
        let shared = list.map(\.lastWeight).reduce(0, divisor)
        var table = [Int?](repeating: nil, count: slots)
        guard shared > 0, let greatest = list.map(\.lastWeight).max() else { return table }
        let bits = Int.bitWidth - (greatest / shared).leadingZeroBitCount
        let shift = max(0, bits - 6)
        let rows = list.map { member in
            let number = member.address &+ UInt32(port)
            let first = slot(number)
            let skip = hash(number, key: 2_654_446_892) % (slots - 1) + 1
            return (0..<slots).map { (first + $0 * skip) % slots }
        }
        var next = rows.map { _ in 0 }
        var left = slots
        while left > 0 {
            for (index, member) in list.enumerated() where member.lastWeight > 0 {
                let turns = max(1, (member.lastWeight / shared) >> shift)
                for _ in 0..<turns where left > 0 {
                    while table[rows[index][next[index]]] != nil { next[index] += 1 }
                    table[rows[index][next[index]]] = index
                    left -= 1
                }
            }
        }
        return table
    }

    static func mh(
        _ list: [Member], _ table: [Int?], number: UInt32, fallback: Bool
    ) -> UInt32? {
        let home = slot(number)
        guard let first = table[home] else { return nil }
        if list[first].weight > 0 { return list[first].host }
        guard fallback else { return nil }
        for offset in 0..<slots {
            let rotated = UInt32((offset + home) % slots)
            guard let other = table[slot(number &+ rotated)] else { return nil }
            if list[other].weight > 0 { return list[other].host }
        }
        return nil
    }
}
