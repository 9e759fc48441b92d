// SPDX-License-Identifier: Apache-2.0

import CPattern

/// A regular expression of Perl's kind (pcre2pattern(3)), as in keepalived's `regex`, that is sought
/// in bytes: `^` and `$` are the ends of a line, which LF, CR or both end.
///
/// Valid: `^ok$`, `[0-9]+ (up|ready)`, `(?i)ready`. Invalid: `(`, `a)(b`. What it may cost is
/// bounded, whatever it is and whatever it is sought in. Any thread may search with it.
@safe package struct Pattern: ~Copyable {
    /// The most bytes of one that is asked for from outside.
    package static let longest = 1_024

    /// It is none; PCRE2's words and the place, such as `missing closing parenthesis (at offset 1)`.
    package struct Fault: Error, Hashable {
        package let words: String
    }

    package enum Finding: Sendable {
        case found
        case notFound
        /// The search took more than 0.1 s of processor time, or more than 8 MiB: nobody knows.
        case tooCostly
    }

    private let pattern: OpaquePointer

    package init(_ text: String) throws(Fault) {
        let bytes = Array(text.utf8)
        var words = [CChar](repeating: 0, count: Int(CP_WORDS_SIZE))
        guard let pattern = unsafe cp_pattern_make(bytes, bytes.count, &words) else {
            let said = words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw Fault(words: String(decoding: said, as: UTF8.self))
        }
        unsafe self.pattern = pattern
    }

    deinit {
        unsafe cp_pattern_free(pattern)
    }

    package func search(_ bytes: [UInt8]) -> Finding {
        switch unsafe cp_pattern_search(pattern, bytes, bytes.count) {
        case CP_FOUND: .found
        case CP_NOT_FOUND: .notFound
        default: .tooCostly
        }
    }
}
