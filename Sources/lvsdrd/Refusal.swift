// SPDX-License-Identifier: Apache-2.0

/// Why the daemon does not start: one sentence, with the way to mend it.
struct Refusal: Error, CustomStringConvertible {
    /// As sysexits.h has it.
    let status: Int32
    let description: String

    /// The host is not ready (EX_UNAVAILABLE).
    static func unavailable(_ sentence: String) -> Refusal {
        Refusal(status: 69, description: sentence)
    }

    /// Rights are missing (EX_NOPERM).
    static func notPermitted(_ sentence: String) -> Refusal {
        Refusal(status: 77, description: sentence)
    }
}
