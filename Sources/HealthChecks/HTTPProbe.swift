// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Asks over HTTP.
struct HTTPProbe: Sendable {
    func run(_ check: HTTPCheck, _ question: ProbeQuestion) async -> CheckOutcome {
        .failed("not available")
    }
}
