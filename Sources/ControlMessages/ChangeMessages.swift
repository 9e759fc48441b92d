// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// The answer of `POST /v1/changes`, when all of them are in force.
public struct ChangesMessage: ControlMessage {
    /// How many were made.
    public var changes: Int

    public init(changes: Int) {
        self.changes = changes
    }
}

/// The answer of `POST /v1/reload`.
public struct ReloadMessage: ControlMessage {
    public struct Skipped: Codable, Hashable, Sendable {
        /// What is new in the file, a line such as `weight of ...`.
        public var change: String
        /// Why it has no place in what is running.
        public var reason: String

        public init(change: String, reason: String) {
            self.change = change
            self.reason = reason
        }
    }

    /// Whether it was made; false when it was only asked what would be.
    public var inForce: Bool
    /// What became, or would become, other than it was: a line each.
    public var applied: [String]
    public var skipped: [Skipped]
    /// What only a restart brings, a line each.
    public var needsRestart: [String]

    public init(
        inForce: Bool, applied: [String], skipped: [Skipped], needsRestart: [String]
    ) {
        self.inForce = inForce
        self.applied = applied
        self.skipped = skipped
        self.needsRestart = needsRestart
    }
}

/// The answer of `GET /v1/differences`: what is running against the configuration file.
public struct DifferencesMessage: ControlMessage {
    /// What was changed since the file was loaded, a line each; none when both are the same.
    public var changes: [String]

    public init(changes: [String]) {
        self.changes = changes
    }
}

/// The answer of `POST /v1/save`.
public struct SavedMessage: ControlMessage {
    /// The configuration file.
    public var path: String
    /// Where the file of before is kept; null when there was none, or nothing was to be saved.
    @Nullable public var former: String?

    public init(path: String, former: String?) {
        self.path = path
        self.former = former
    }
}

/// The answer of `POST /v1/zero` and `POST /v1/role`.
public struct DoneMessage: ControlMessage {
    /// What was done, in words.
    public var done: String

    public init(done: String) {
        self.done = done
    }
}

/// The answer of `GET` and `POST /v1/log-level`.
public struct LogLevelMessage: ControlMessage {
    /// What is logged: this and what is more urgent; `trace`, `debug`, `info`, `notice`, `warning`,
    /// `error` or `critical`.
    public var level: String

    public init(_ level: LogLevel) {
        self.level = level.rawValue
    }
}

/// The answer of `GET /v1/events`, and what each event of a stream says.
public struct EventsMessage: ControlMessage {
    public var events: [EventMessage]

    public init(_ events: [EventRecord]) {
        self.events = events.map(EventMessage.init)
    }
}

/// Something that happened.
public struct EventMessage: ControlMessage {
    /// Counts from 1 in each run of the director.
    public var id: UInt64
    /// Milliseconds since 1970.
    public var time: UInt64
    /// `debug`, `info` or `warning`.
    public var level: String
    /// What happened, a word such as `real-server-down`.
    public var kind: String
    /// Such as `192.168.142.100:80/tcp`; null when it happened to none.
    @Nullable public var service: String?
    @Nullable public var realServer: String?
    /// Who had it changed; null for what nobody asked for.
    @Nullable public var by: AuthorMessage?
    /// A sentence for people.
    public var text: String

    public init(_ record: EventRecord) {
        id = record.id
        time = record.time
        level = record.level.rawValue
        kind = record.kind
        service = record.service?.name
        realServer = record.realServer?.description
        by = record.author.map(AuthorMessage.init)
        text = record.text
    }
}

/// Who had something changed: a process that asked over the control socket, or a signal.
public struct AuthorMessage: Codable, Hashable, Sendable {
    /// The user's name; null where the host does not know it.
    @Nullable public var name: String?
    /// The user's and the process' numbers; null for a signal, of which only its kind is known.
    @Nullable public var user: UInt32?
    @Nullable public var process: Int32?
    /// Such as `SIGHUP`; null for a process.
    @Nullable public var signal: String?

    public init(_ author: Author) {
        switch author {
        case .peer(let name, let user, let process):
            (self.name, self.user, self.process, signal) = (name, user, process, nil)
        case .signal(let word): (name, user, process, signal) = (nil, nil, nil, word)
        }
    }

    /// Such as `alice (user 1000, process 913)`, `SIGHUP`.
    public var text: String {
        if let user, let process {
            return "\(Author.peer(name: name, user: user, process: process))"
        }
        return signal ?? "somebody"
    }
}

/// The answer of `GET /v1/flows`: a piece of the flow table.
public struct FlowsMessage: ControlMessage {
    public var flows: [FlowMessage]
    /// What `after` of the next question is; null at the end.
    @Nullable public var next: UInt64?

    public init(_ page: FlowPage) {
        flows = page.flows.map(FlowMessage.init)
        next = page.next
    }
}

/// A flow, or a persistence template.
public struct FlowMessage: ControlMessage {
    /// `tcp` or `udp`.
    public var `protocol`: String
    public var client: String
    /// 0 for a template.
    public var clientPort: UInt16
    /// The VIP.
    public var address: String
    public var port: UInt16
    /// The RIP; null when it is not known any more.
    @Nullable public var realServer: String?
    /// As ipvsadm has it: `SYN_RECV`, `ESTABLISHED`, `FIN_WAIT`, `TIME_WAIT`, `CLOSE`, `UDP`; `NONE`
    /// for a template.
    public var state: String
    /// Seconds until it is forgotten when no packet comes.
    public var expires: UInt32

    public init(_ flow: Flow) {
        `protocol` = flow.address.transport.rawValue
        client = flow.address.client.description
        clientPort = flow.address.clientPort
        address = flow.address.vip.description
        port = flow.address.port
        realServer = flow.realServer?.description
        state = flow.state.rawValue
        expires = flow.expires
    }

    /// Written by hand, keys in alphabetical order: there are a million of them.
    public func json() throws(ControlMessageError) -> [UInt8] {
        var writer = MessageWriter()
        writer.object { writer in
            writer.add("address", address)
            writer.add("client", client)
            writer.add("clientPort", clientPort)
            writer.add("expires", expires)
            writer.add("port", port)
            writer.add("protocol", `protocol`)
            writer.add("realServer", realServer)
            writer.add("state", state)
        }
        return writer.text + [UInt8(ascii: "\n")]
    }
}
