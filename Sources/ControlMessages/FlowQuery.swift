// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// Which flows are asked for: `/v1/flows?...`.
public struct FlowQuery: Hashable, Sendable {
    /// The names of its parameters; none is required.
    public static let parameters: Set = [
        "service", "real", "client", "protocol", "state", "after", "limit", "stream",
    ]
    public static let limits = 1...1_000

    public var filter: FlowFilter
    /// The cursor of the piece; 0 for the first.
    public var after: UInt64
    /// Flows of a piece at most.
    public var limit: Int
    /// All of them, a line each (`application/x-ndjson`).
    public var isStream: Bool

    public init(
        filter: FlowFilter = FlowFilter(), after: UInt64 = 0, limit: Int = 1_000,
        isStream: Bool = false
    ) {
        self.filter = filter
        self.after = after
        self.limit = limit
        self.isStream = isStream
    }

    public init(_ query: Query) throws(QueryError) {
        self.init()
        filter.service = try query.value(
            "service", expected: "a service such as 192.168.142.100:80/tcp"
        ) { ServiceAddress(name: $0) }
        filter.realServer = try query.value("real", expected: "an IP address") { IPAddress($0) }
        filter.clients = try query.value("client", expected: "an address or a network") {
            FlowFilter.Clients($0)
        }
        filter.transport = try query.value("protocol", expected: "tcp or udp") {
            TransportProtocol(rawValue: $0)
        }
        let states = FlowState.allCases.map(\.rawValue).joined(separator: ", ")
        filter.state = try query.value("state", expected: "one of \(states)") {
            FlowState(rawValue: $0)
        }
        after =
            try query.value("after", expected: "what `next` of the piece before says") {
                UInt64($0)
            } ?? 0
        limit = try query.number("limit", of: Self.limits) ?? limit
        isStream = try query.flag("stream")
    }

    public var path: String {
        Query.path(
            ControlPath.flows,
            [
                ("service", filter.service?.name), ("real", filter.realServer?.description),
                ("client", filter.clients?.description),
                ("protocol", filter.transport?.rawValue), ("state", filter.state?.rawValue),
                ("after", after == 0 ? nil : "\(after)"), ("limit", "\(limit)"),
                ("stream", isStream ? "true" : nil),
            ])
    }
}

/// Which events are asked for: `/v1/events?...`.
public struct EventQuery: Hashable, Sendable {
    public static let parameters: Set = ["since", "follow"]

    /// Those after this one; 0 for all that are remembered.
    public var since: UInt64
    /// These and all to come (`text/event-stream`).
    public var isFollowing: Bool

    public init(since: UInt64 = 0, isFollowing: Bool = false) {
        self.since = since
        self.isFollowing = isFollowing
    }

    public init(_ query: Query) throws(QueryError) {
        since = try query.value("since", expected: "an event's id") { UInt64($0) } ?? 0
        isFollowing = try query.flag("follow")
    }

    public var path: String {
        Query.path(
            ControlPath.events,
            [
                ("since", since == 0 ? nil : "\(since)"), ("follow", isFollowing ? "true" : nil),
            ])
    }
}

/// How the configuration file is to be loaded again: `/v1/reload?...`.
public struct ReloadQuery: Hashable, Sendable {
    public static let parameters: Set = ["check", "exact"]

    /// Only tell what would be.
    public var isCheck: Bool
    /// Drop what was changed at run time.
    public var isExact: Bool

    public init(isCheck: Bool = false, isExact: Bool = false) {
        self.isCheck = isCheck
        self.isExact = isExact
    }

    public init(_ query: Query) throws(QueryError) {
        isCheck = try query.flag("check")
        isExact = try query.flag("exact")
    }

    public var path: String {
        Query.path(
            ControlPath.reload,
            [("check", isCheck ? "true" : nil), ("exact", isExact ? "true" : nil)])
    }
}

extension Query {
    /// False when the parameter is not there.
    func flag(_ name: String) throws(QueryError) -> Bool {
        try value(name, expected: "true or false") { Bool($0) } ?? false
    }

    /// The service that `service=` names; nil for none.
    public func service() throws(QueryError) -> ServiceAddress? {
        try value("service", expected: "a service such as 192.168.142.100:80/tcp") {
            ServiceAddress(name: $0)
        }
    }

    /// The level that `level=` names.
    public func logLevel() throws(QueryError) -> LogLevel {
        let levels = LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
        return try required("level", expected: "one of \(levels)") { LogLevel(rawValue: $0) }
    }

    /// The role that `role=` names.
    public func role() throws(QueryError) -> Role {
        try required("role", expected: "active or standby") { Role(rawValue: $0) }
    }
}
