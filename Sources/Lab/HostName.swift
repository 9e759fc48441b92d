// SPDX-License-Identifier: Apache-2.0

/// Names a host of a lab.
public struct HostName: Hashable, Sendable {
    public let text: String

    private init(_ text: String) {
        self.text = text
    }

    public static let client = HostName("client")
    public static let director = HostName("director")
    /// The one that waits to take over, where the topology has two.
    public static let director2 = HostName("director2")
    /// The real servers' gateway, where the topology has two arms.
    public static let router = HostName("router")
    /// Not a host of the network but its cables: a namespace that holds the bridges.
    public static let `switch` = HostName("switch")

    /// A real server, counted from 1.
    public static func web(_ number: Int) -> HostName {
        HostName("web\(number)")
    }
}

extension HostName: CustomStringConvertible {
    public var description: String { text }
}
