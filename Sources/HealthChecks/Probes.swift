// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// Asks one question of any kind.
public struct Probes: Sendable {
    private let http: HTTPProbe
    private let sockets = SocketProbe()

    /// Sockets belong to the network namespace of the calling thread.
    ///
    /// - Throws: when there is no thread for HTTP.
    public init() throws(ProbesError) {
        do {
            http = try HTTPProbe()
        } catch {
            throw ProbesError(description: "\(error)")
        }
    }

    /// Returns what came of it: after the question's time at the latest, give or take a moment.
    public func run(_ kind: CheckKind, _ question: ProbeQuestion) async -> CheckOutcome {
        switch kind {
        case .tcp: await sockets.run(.stream, question, TCPConversation())
        case .http(let check): await http.run(check, question)
        case .dns(let check):
            await sockets.run(
                .datagram, question,
                DNSConversation(check: check, identifier: .random(in: 0...UInt16.max)))
        case .udp(let check):
            await sockets.run(.datagram, question, UDPConversation(check: check))
        case .icmp:
            await sockets.run(
                .icmp, question,
                ICMPConversation(
                    isIPv6: question.realServer.family == .ipv6,
                    identifier: .random(in: 0...UInt16.max),
                    sequence: .random(in: 0...UInt16.max)))
        case .smtp(let check):
            await sockets.run(.stream, question, SMTPConversation(check: check))
        case .exec(let check): await ExecProbe().run(check, question)
        case .file(let check): FileProbe().run(check)
        }
    }
}

/// Why nothing can be asked.
public struct ProbesError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}
