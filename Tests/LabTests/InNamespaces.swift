// SPDX-License-Identifier: Apache-2.0

import Lab
import Testing

/// The tests that bring real labs up, one after the other.
@Suite(
    .serialized, .timeLimit(.minutes(2)),
    .enabled(if: Requirements.unmet().isEmpty, "\(Requirements.unmet().joined(separator: "; "))"))
struct InNamespaces {}
