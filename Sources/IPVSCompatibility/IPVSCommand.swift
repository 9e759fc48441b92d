// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// What a command line of ipvsadm asks for.
public enum IPVSCommand: Hashable, Sendable {
    /// `-A`, `-E`, `-D`, `-C`, `-a`, `-e`, `-d`.
    case change(Change)
    /// `--set`; 0 keeps a time as it is.
    case setTimeouts(tcp: UInt32, tcpFin: UInt32, udp: UInt32)
    /// `-Z`; nil: of all services.
    case zero(ServiceAddress?)
    /// `-R`: rules come by standard input.
    case restore
    /// `-S`.
    case save(isNumeric: Bool)
    /// `-L`.
    case list(IPVSListing)
    /// `-h`.
    case help
}

/// What `-L` lists, and how.
public struct IPVSListing: Hashable, Sendable {
    public enum Columns: Hashable, Sendable {
        case plain
        case stats
        case rate
        case thresholds
        case persistentConnections
        /// `-c`: the flows.
        case connections
        /// `--timeout`: only these.
        case timeouts
        /// `--daemon`: there is none.
        case daemon
    }

    public var columns = Columns.plain
    /// nil: all.
    public var service: ServiceAddress?
    public var isNumeric = false
    public var isExact = false
    /// Services and real servers by their addresses, else as they were added.
    public var isSorted = true

    public init() {}
}

/// Why a command line is not followed. Its description is what ipvsadm's users see on standard error.
public struct IPVSUsageError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}
