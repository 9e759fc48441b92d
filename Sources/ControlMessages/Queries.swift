// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// What is wrong with a request's query; the text says what was expected.
public struct QueryError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ name: String, _ value: String, expected: String) {
        description = "\(name) is '\(value)'; expected \(expected)"
    }

    init(_ description: String) {
        self.description = description
    }
}

/// The parameters of a request; each name once.
public struct Query: Sendable {
    private var values: [String: String] = [:]

    public init(
        _ parameters: some Sequence<(name: String, value: String)>, of names: Set<String>
    ) throws(QueryError) {
        for (name, value) in parameters {
            guard names.contains(name) else {
                let known = names.sorted().joined(separator: ", ")
                throw QueryError(
                    "there is no parameter '\(name)'; there are \(known.isEmpty ? "none" : known)")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw QueryError("\(name) is given twice")
            }
        }
    }

    /// The value as `read` has it; nil when the parameter is not there.
    func value<Value>(
        _ name: String, expected: String, _ read: (String) -> Value?
    ) throws(QueryError) -> Value? {
        guard let text = values[name] else { return nil }
        guard let value = read(text) else {
            throw QueryError(name, text, expected: expected)
        }
        return value
    }

    func required<Value>(
        _ name: String, expected: String, _ read: (String) -> Value?
    ) throws(QueryError) -> Value {
        guard let value = try value(name, expected: expected, read) else {
            throw QueryError("\(name) is missing; expected \(expected)")
        }
        return value
    }

    func number(_ name: String, of range: ClosedRange<Int>) throws(QueryError) -> Int? {
        try value(name, expected: "a whole number of \(range.lowerBound)...\(range.upperBound)") {
            Int($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A path with parameters, of which nothing but brackets needs to be escaped.
    static func path(_ path: String, _ parameters: [(name: String, value: String?)]) -> String {
        let pairs = parameters.compactMap { parameter in
            parameter.value.map { "\(parameter.name)=\(escaped($0))" }
        }
        return pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
    }

    public static func escaped(_ text: String) -> String {
        text.replacing("[", with: "%5B").replacing("]", with: "%5D")
    }
}

extension CaptureRequest {
    /// The names of its parameters; none is required.
    public static let parameters: Set = ["service", "real", "count", "duration", "snap-length"]

    public init(_ query: Query) throws(QueryError) {
        self.init()
        service = try query.value("service", expected: "VIP:PORT, VIP:PORT/tcp or VIP:PORT/udp") {
            ServiceAddress(endpoint: $0)
        }
        realServer = try query.value("real", expected: "an IP address") { IPAddress($0) }
        count = try query.number("count", of: Self.counts) ?? count
        duration = try query.number("duration", of: Self.durations) ?? duration
        snapLength = try query.number("snap-length", of: Self.snapLengths) ?? snapLength
    }

    /// Where it is asked for: `/v1/capture?...`.
    public var path: String {
        Query.path(
            ControlPath.capture,
            [
                ("service", service?.endpointText), ("real", realServer?.description),
                ("count", "\(count)"), ("duration", "\(duration)"),
                ("snap-length", "\(snapLength)"),
            ])
    }
}

extension FlowAddress {
    /// The names of its parameters; `protocol` is `tcp` when it is missing, the others are required.
    public static let parameters: Set = ["client", "service", "protocol"]

    public init(_ query: Query) throws(QueryError) {
        let expected = "an address and a port such as 192.168.142.100:80"
        let client = try query.required("client", expected: expected) { Endpoint($0) }
        let service = try query.required("service", expected: expected) { Endpoint($0) }
        let transport = try query.value("protocol", expected: "tcp or udp") {
            TransportProtocol(rawValue: $0)
        }
        guard client.address.family == service.address.family else {
            throw QueryError("client and service are not both IPv4, or both IPv6")
        }
        self.init(
            client: client.address, clientPort: client.port, vip: service.address,
            port: service.port, transport: transport ?? .tcp)
    }

    /// Where it is asked about: `/v1/explain?...`.
    public var explainPath: String {
        Query.path(
            ControlPath.explain,
            [
                ("client", "\(client.beforePort):\(clientPort)"),
                ("service", "\(vip.beforePort):\(port)"), ("protocol", transport.rawValue),
            ])
    }
}
