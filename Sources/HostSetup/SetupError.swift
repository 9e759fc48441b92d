// SPDX-License-Identifier: Apache-2.0

/// A host could not be made as it should be.
public struct SetupError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What, why, and how to mend it; one sentence or two.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
