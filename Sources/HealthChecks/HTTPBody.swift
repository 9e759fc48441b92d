// SPDX-License-Identifier: Apache-2.0

import CTransfer
import Glibc

/// A POSIX extended regular expression (regex(7)) that is sought in the lines of a body, byte by
/// byte, as `grep -E` does: `^` and `$` are the ends of a line, and a match lies within one.
///
/// Valid: `^ok$`, `[0-9]+ (up|ready)`. Invalid: `(`, `a)(b`.
@safe struct HTTPBodyPattern: ~Copyable {
    /// It is none; the C library's words, such as `Unmatched ( or \(`.
    struct Fault: Error, Hashable {
        let words: String
    }

    /// REG_STARTEND of regex.h: the subject has a length and may hold a NUL.
    private static let hasLength: Int32 = 4

    private var expression: regex_t

    /// The C library seeks by matching from each byte anew: with `[0-9]+ up` a megabyte of digits
    /// would take hours. Hence what may stand before a match in its line is said too (`.` would be
    /// any byte but NUL), and one pass decides.
    init(_ text: String) throws(Fault) {
        var own = unsafe try Self.compiled(text)
        unsafe regfree(&own)
        unsafe expression = try Self.compiled("^(x|[^x])*(\(text))")
    }

    private static func compiled(_ text: String) throws(Fault) -> regex_t {
        var expression = unsafe regex_t()
        let code = unsafe regcomp(&expression, text, REG_EXTENDED | REG_NOSUB | REG_NEWLINE)
        if code == 0 { return unsafe expression }
        var words = [CChar](repeating: 0, count: 128)
        _ = unsafe regerror(code, &expression, &words, words.count)
        let bytes = words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        throw Fault(words: String(decoding: bytes, as: UTF8.self))
    }

    deinit {
        var expression = unsafe expression
        unsafe regfree(&expression)
    }

    func matches(_ body: [UInt8]) -> Bool {
        unsafe withUnsafePointer(to: expression) { expression in
            unsafe body.withUnsafeBytes { bytes in
                var range = regmatch_t(rm_so: 0, rm_eo: regoff_t(bytes.count))
                // An empty body has no address of its own.
                let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                let code =
                    if let start = unsafe start {
                        unsafe regexec(expression, start, 1, &range, Self.hasLength)
                    } else {
                        unsafe regexec(expression, "", 1, &range, Self.hasLength)
                    }
                return code == 0
            }
        }
    }
}

extension [UInt8] {
    /// Whether these bytes stand somewhere in it.
    func holds(_ text: String) -> Bool {
        let sought = Array(text.utf8)
        return unsafe ct_holds(self, count, sought, sought.count)
    }

    /// 64 hexadecimal digits in lower case (FIPS 180-4); nil when the library of TLS refuses.
    var sha256: String? {
        var digest = [UInt8](repeating: 0, count: Int(CT_SHA256_SIZE))
        guard unsafe ct_sha256(self, count, &digest) else { return nil }
        return digest.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
