// SPDX-License-Identifier: Apache-2.0

/// The project's version, one for all its programs.
public enum Version {
    /// As in semantic versioning 2.0.0: `major.minor.patch`.
    public static let current = "0.1.0"
}
