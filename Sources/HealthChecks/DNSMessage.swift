// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// A DNS message as far as a check needs it; every read is within its bounds, and a name's pointers
/// lead backwards only, so that none goes in a circle.
struct DNSMessage {
    private static let headerLength = 12
    /// Records that are looked at.
    private static let mostRecords = 256
    /// With the lengths of its labels and the root.
    private static let longestName = 255

    let identifier: UInt16
    let isAnswer: Bool
    let isCut: Bool
    /// 0 for no error.
    let code: UInt8
    private let bytes: [UInt8]
    private let questionCount: UInt16
    private let answerCount: UInt16

    /// nil when it is shorter than its header.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.headerLength else { return nil }
        self.bytes = bytes
        identifier = Self.number(bytes, 0)
        isAnswer = bytes[2] & 0x80 != 0
        isCut = bytes[2] & 0x02 != 0
        code = bytes[3] & 0x0F
        questionCount = Self.number(bytes, 4)
        answerCount = Self.number(bytes, 6)
    }

    /// Of a question that may be passed on (recursion desired).
    static func header(_ identifier: UInt16) -> [UInt8] {
        [
            UInt8(identifier >> 8), UInt8(truncatingIfNeeded: identifier), 1, 0, 0, 1, 0, 0, 0, 0,
            0, 0,
        ]
    }

    /// A name as its labels; what is longer than a label or a name can be is cut.
    static func name(_ text: String) -> [UInt8] {
        let labels = text.utf8.split(separator: UInt8(ascii: ".")).map { $0.prefix(63) }
        let encoded = labels.flatMap { [UInt8($0.count)] + $0 }
        return (encoded.count <= 253 ? encoded : []) + [0]
    }

    /// The answers of a type as texts: addresses, names, `10 mail.example`, the strings of TXT.
    func texts(of type: DNSCheck.RecordType) -> [String] {
        var at = Self.headerLength
        for _ in 0..<min(Int(questionCount), Self.mostRecords) {
            guard let end = endOfName(at) else { return [] }
            at = end + 4
        }
        var texts: [String] = []
        for _ in 0..<min(Int(answerCount), Self.mostRecords) {
            guard let end = endOfName(at), end + 10 <= bytes.count else { break }
            let length = Int(Self.number(bytes, end + 8))
            let data = end + 10..<end + 10 + length
            guard data.upperBound <= bytes.count else { break }
            if Self.number(bytes, end) == type.number, let text = text(data, type) {
                texts.append(text)
            }
            at = data.upperBound
        }
        return texts
    }

    private func text(_ data: Range<Int>, _ type: DNSCheck.RecordType) -> String? {
        let start = data.lowerBound
        switch type {
        case .a:
            guard data.count == 4 else { return nil }
            return bytes[data].map(String.init).joined(separator: ".")
        case .aaaa:
            guard data.count == 16 else { return nil }
            let words = stride(from: start, to: data.upperBound, by: 8).map { at in
                bytes[at..<at + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            }
            return IPAddress(high: words[0], low: words[1]).description
        case .ns, .cname, .ptr, .soa: return name(start)
        case .mx:
            guard data.count > 2 else { return nil }
            return name(start + 2).map { "\(Self.number(bytes, start)) \($0)" }
        case .srv:
            guard data.count > 6 else { return nil }
            let numbers = [0, 2, 4].map { "\(Self.number(bytes, start + $0))" }
            return name(start + 6).map { numbers.joined(separator: " ") + " \($0)" }
        case .txt:
            var text: [UInt8] = []
            var at = start
            while at < data.upperBound {
                text += bytes[at + 1..<min(at + 1 + Int(bytes[at]), data.upperBound)]
                at += 1 + Int(bytes[at])
            }
            return String(decoding: text, as: UTF8.self)
        }
    }

    private func endOfName(_ start: Int) -> Int? {
        var at = start
        while at < bytes.count {
            switch bytes[at] {
            case 0: return at + 1
            case 1...0x3F: at += 1 + Int(bytes[at])
            case 0xC0...: return at + 2
            default: return nil
            }
        }
        return nil
    }

    private func name(_ start: Int) -> String? {
        var labels: [String] = []
        var at = start
        var limit = bytes.count  // a pointer leads to before where the name began
        var first = start
        var total = 0
        while at < limit {
            let length = Int(bytes[at])
            switch length {
            case 0: return labels.isEmpty ? "." : labels.joined(separator: ".")
            case 1...0x3F:
                total += 1 + length
                guard at + 1 + length <= bytes.count, total < Self.longestName else { return nil }
                labels.append(String(decoding: bytes[at + 1..<at + 1 + length], as: UTF8.self))
                at += 1 + length
            case 0xC0...:
                guard at + 1 < bytes.count else { return nil }
                let next = (length & 0x3F) << 8 | Int(bytes[at + 1])
                guard next < first else { return nil }
                limit = first
                first = next
                at = next
            default: return nil
            }
        }
        return nil
    }

    private static func number(_ bytes: [UInt8], _ at: Int) -> UInt16 {
        UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1])
    }
}
