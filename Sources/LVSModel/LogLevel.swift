// SPDX-License-Identifier: Apache-2.0

/// How urgent something is that a program logs, the least urgent first.
public enum LogLevel: String, Hashable, Sendable, CaseIterable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
    case critical
}
