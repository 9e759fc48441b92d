// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// What the director says over its control socket, and the JSON text that says it.
///
/// FoundationEssentials is here for its JSON coder, and hidden from everybody else.
public protocol ControlMessage: Codable, Hashable, Sendable {
    /// The message as one line of JSON, UTF-8, keys in alphabetical order, ended by a line feed.
    func json() throws(ControlMessageError) -> [UInt8]
}

/// A message that could not become JSON, or JSON that is not the message.
public enum ControlMessageError: Error, Hashable {
    case notWritable(String)
    case notReadable(String)
}

extension ControlMessage {
    public func json() throws(ControlMessageError) -> [UInt8] {
        try jsonText(of: self) + [UInt8(ascii: "\n")]
    }

    /// Reads the message from JSON; keys that it does not know are left aside, so that an older
    /// reader understands a newer director.
    public init(json: [UInt8]) throws(ControlMessageError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(json))
        } catch {
            throw .notReadable("\(error)")
        }
    }
}

/// A part of a message as JSON, without a line feed.
func jsonText(of part: some Encodable) throws(ControlMessageError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
        return try [UInt8](encoder.encode(part))
    } catch {
        throw .notWritable("\(error)")
    }
}

/// Where the messages are found.
public enum ControlPath {
    public static let status = "/v1/status"
    public static let services = "/v1/services"
    public static let flows = "/v1/flows"
    public static let events = "/v1/events"
    public static let settings = "/v1/settings"
    public static let differences = "/v1/differences"
    public static let explain = "/v1/explain"
    public static let capture = "/v1/capture"
    public static let changes = "/v1/changes"
    public static let reload = "/v1/reload"
    public static let save = "/v1/save"
    public static let zero = "/v1/zero"
    public static let role = "/v1/role"
    /// Read, and changed.
    public static let logLevel = "/v1/log-level"
    /// What describes all of this, in OpenAPI's words.
    public static let description = "/v1/openapi.json"
    /// Where Prometheus looks for figures.
    public static let metrics = "/metrics"
}
