// SPDX-License-Identifier: Apache-2.0

/// Why changes were not made; none of them was.
public struct ChangeRefusal: Error, Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// What should be added is there already, or something else is in its place.
        case conflict
        /// What should change is not there.
        case notFound
        /// It can not be so, whatever else there is.
        case invalid
        /// Right, but not possible now.
        case unavailable
    }

    public var kind: Kind
    /// Which of the changes, counted from 1; nil when it is none of them alone.
    public var number: Int?
    /// In words, such as `there is no service TCP 192.168.142.100:80`.
    public var reason: String

    public init(_ kind: Kind, number: Int? = nil, _ reason: String) {
        self.kind = kind
        self.number = number
        self.reason = reason
    }
}

extension ChangeRefusal: CustomStringConvertible {
    public var description: String {
        number.map { "change \($0): \(reason)" } ?? reason
    }
}
