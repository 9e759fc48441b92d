// SPDX-License-Identifier: Apache-2.0

public import LVSModel
import NIOCore

/// Asks one question of any kind.
public struct Probes: Sendable {
    private let http: HTTPProbe
    private let sockets = SocketProbe()
    private let programs = ExecProbe()
    private let files = FileProbe()

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

    /// Returns what came of it: after the question's time at the latest, or soon after the task is
    /// cancelled, give or take a moment.
    public func run(_ kind: CheckKind, _ question: ProbeQuestion) async -> CheckOutcome {
        switch kind {
        case .tcp:
            await sockets.run(question) { () throws(IOError) in (.stream, TCPConversation()) }
        case .http(let check): await http.run(check, question)
        case .dns(let check):
            await sockets.run(question) { () throws(IOError) in
                (
                    .connected(try .datagram(question, takesEmpty: false)),
                    DNSConversation(check: check, identifier: .random(in: 0...UInt16.max))
                )
            }
        case .udp(let check):
            await sockets.run(question) { () throws(IOError) in
                (
                    .connected(try .datagram(question, takesEmpty: true)),
                    UDPConversation(check: check)
                )
            }
        case .icmp:
            await sockets.run(question) { () throws(IOError) in
                let socket = try ConnectedSocket.echo(question)
                return (.connected(socket), ICMPConversation(over: socket, question))
            }
        case .smtp(let check):
            await sockets.run(question) { () throws(IOError) in
                (.stream, SMTPConversation(check: check))
            }
        case .exec(let check): await programs.run(check, question)
        case .file(let check): await files.run(check, question)
        }
    }
}

/// Why nothing can be asked.
public struct ProbesError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}
