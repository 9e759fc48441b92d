// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import NIOCore
import NIOPosix

/// Causes in words.
enum Wording {
    private static let longest = 80

    /// What comes from the network, on one line and no longer than a message bears.
    static func quote(_ bytes: some Sequence<UInt8>) -> String {
        let text = bytes.prefix(longest + 1).map { byte in
            (0x20...0x7E).contains(byte) ? Character(Unicode.Scalar(byte)) : "?"
        }
        let cut = text.count > longest
        return "\"\(String(text.prefix(longest)))\(cut ? "..." : "")\""
    }

    /// A text that may come from the network, in the middle of a sentence: cut, and without what a
    /// terminal acts on.
    static func shown(_ text: some StringProtocol) -> String {
        var shown = String.UnicodeScalarView()
        shown.append(
            contentsOf: text.unicodeScalars.prefix(longest).map { $0.isPrintable ? $0 : "?" })
        return String(shown) + (text.unicodeScalars.count > longest ? "..." : "")
    }

    /// Of an error that a socket gave.
    static func cause(of error: any Error) -> String {
        code(of: error).map { cause(of: $0) } ?? "\(error)"
    }

    /// Of an error before the other side said anything.
    static func outcome(of error: any Error) -> CheckOutcome {
        let words = cause(of: error)
        let isAbsence = code(of: error).map(isAbsence) ?? false
        return isAbsence ? .unanswered(words) : .failed(words)
    }

    /// Whether a connection fails so, or an ICMP error says so, where nobody has the address.
    static func isAbsence(_ code: Int32) -> Bool {
        [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT].contains(code)
    }

    private static func code(of error: any Error) -> Int32? {
        (error as? IOError)?.errnoCode ?? (error as? NIOConnectionError)?.code
    }

    static func cause(of code: Int32) -> String {
        switch code {
        case ECONNREFUSED: "connection refused"
        case ECONNRESET, EPIPE: "connection reset"
        case EHOSTUNREACH: "host unreachable"
        case ENETUNREACH: "no route"
        case ETIMEDOUT: "no answer"
        case EPERM, EACCES: "not permitted; CAP_NET_ADMIN and CAP_NET_RAW are needed"
        case EADDRNOTAVAIL: "no free port on this host"
        case EMFILE, ENFILE: "too many open files on this host"
        default: unsafe String(cString: strerror(code))
        }
    }
}

extension NIOConnectionError {
    fileprivate var code: Int32? {
        connectionErrors.lazy.compactMap { ($0.error as? IOError)?.errnoCode }.first
    }
}
