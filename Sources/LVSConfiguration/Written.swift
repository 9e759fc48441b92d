// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// A value on its way into text: YAML in blocks for people, JSON on one line for programs.
enum Written {
    case null
    case flag(Bool)
    case number(UInt64)
    case text(String)
    case list([Written])
    case mapping([Pair])

    struct Pair {
        let key: String
        let value: Written
    }

    static func count(_ count: some FixedWidthInteger) -> Written {
        .number(UInt64(clamping: count))
    }

    static func peers(_ peers: [MACAddress]) -> Written {
        .list(peers.map { .text($0.description) })
    }

    static func word(_ word: some RawRepresentable<String>) -> Written {
        .text(word.rawValue)
    }

    /// A mapping or a list that has any: it does not stand on a line with its key.
    var isBlock: Bool {
        switch self {
        case .mapping(let pairs): !pairs.isEmpty
        case .list(let items):
            items.contains { if case .mapping = $0 { true } else { false } }
        default: false
        }
    }
}

/// A mapping that is being put together, in the order in which people read it.
struct WrittenMapping {
    private(set) var pairs: [Written.Pair] = []

    mutating func add(_ key: String, _ value: Written) {
        pairs.append(Written.Pair(key: key, value: value))
    }

    /// Adds what differs from its default.
    mutating func add<Value: Equatable>(
        _ key: String, _ value: Value, unless standard: Value, _ write: (Value) -> Written
    ) {
        if value != standard { add(key, write(value)) }
    }

    /// Adds what is there.
    mutating func add<Value>(_ key: String, _ value: Value?, _ write: (Value) -> Written) {
        if let value { add(key, write(value)) }
    }

    var written: Written { .mapping(pairs) }
}

/// Characters in double quotes.
enum QuotedText {
    /// - Parameter escape: appends what stands for a character that is not written as it is.
    static func append(
        _ text: String, to result: inout String,
        _ escape: (Unicode.Scalar, inout String) -> Void
    ) {
        result.unicodeScalars.append("\"")
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.isPrintable && CharacterCheck.isAllowed(scalar):
                result.unicodeScalars.append(scalar)
            default: escape(scalar, &result)
            }
        }
        result.unicodeScalars.append("\"")
    }
}
