// SPDX-License-Identifier: Apache-2.0

/// Something that happened in the director, as it is told to people and programs.
public struct EventRecord: Hashable, Sendable {
    /// Counts from 1 in each run of the director.
    public var id: UInt64
    /// Milliseconds since 1970.
    public var time: UInt64
    public var level: Level
    /// What happened, a word for programs, such as `real-server-down`.
    public var kind: String
    /// Whom it happened to, where that is one.
    public var service: ServiceAddress?
    public var realServer: IPAddress?
    /// Who had it changed; nil for what nobody asked for.
    public var author: Author?
    /// A sentence for people.
    public var text: String

    /// How much it asks for attention.
    public enum Level: String, Hashable, Sendable, CaseIterable {
        case debug
        case info
        case warning
    }

    public init(
        id: UInt64, time: UInt64, level: Level, kind: String, service: ServiceAddress? = nil,
        realServer: IPAddress? = nil, author: Author? = nil, text: String
    ) {
        self.id = id
        self.time = time
        self.level = level
        self.kind = kind
        self.service = service
        self.realServer = realServer
        self.author = author
        self.text = text
    }
}
