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
    /// The real servers' gateway, where the topology has two arms or an outside.
    public static let router = HostName("router")
    /// A client in another network, behind the router, where the topology has an outside.
    public static let visitor = HostName("visitor")
    /// The NFS server of the real servers' documents, where the topology has one.
    public static let nfs = HostName("nfs")
    /// Not a host of the network but its cables: a namespace that holds the bridges.
    public static let `switch` = HostName("switch")

    /// A real server, counted from 1.
    public static func web(_ number: Int) -> HostName {
        HostName("web\(number)")
    }

    /// `web1` and so on; nil for all else.
    public init?(realServer text: String) {
        guard text.hasPrefix("web"), let number = Int(text.dropFirst(3)), number > 0,
            text == "web\(number)"
        else { return nil }
        self = .web(number)
    }
}

extension HostName: CustomStringConvertible {
    public var description: String { text }
}
