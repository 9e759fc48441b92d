// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import HTTPTypes
import HummingbirdCore
import LVSModel
import NIOCore

// What changes something.
extension ControlAPI {
    func change(
        _ request: Request, _ route: Route, _ query: Query, by author: Author?,
        onChange: () -> Void
    ) async throws(Problem) -> Response {
        let source = source
        switch route.path {
        case ControlPath.changes:
            let body = try await body(of: request)
            onChange()
            return try await done { () throws(ControlRefusal) in
                try await source.change(body, by: author)
            }
        case ControlPath.reload:
            let query = try reading { () throws(QueryError) in try ReloadQuery(query) }
            onChange()
            return try await done { () throws(ControlRefusal) in
                try await source.reload(query, by: author)
            }
        case ControlPath.save:
            onChange()
            return try await done { () throws(ControlRefusal) in try await source.save(by: author) }
        case ControlPath.zero:
            let service = try reading { () throws(QueryError) in try query.service() }
            onChange()
            return try await done { () throws(ControlRefusal) in
                try await source.zero(service, by: author)
            }
        case ControlPath.role:
            let role = try reading { () throws(QueryError) in try query.role() }
            onChange()
            return try await done { () throws(ControlRefusal) in
                try await source.setRole(role, by: author)
            }
        default:
            let level = try reading { () throws(QueryError) in try query.logLevel() }
            source.setLogLevel(level)
            return try document(LogLevelMessage(level))
        }
    }

    /// A change is made to its end, also when the client does not wait for it.
    private func done<Message: ControlMessage>(
        _ change: @escaping @Sendable () async throws(ControlRefusal) -> Message
    ) async throws(Problem) -> Response {
        let change = Task {
            do throws(ControlRefusal) {
                return Result<Message, ControlRefusal>.success(try await change())
            } catch {
                return .failure(error)
            }
        }
        switch await change.value {
        case .success(let message): return try document(message)
        case .failure(let refusal):
            var problem = Problem(refusal.kind.status, refusal.description)
            problem.findings = refusal.findings
            throw problem
        }
    }

    private func body(of request: Request) async throws(Problem) -> [UInt8] {
        do {
            let buffer = try await request.body.collect(upTo: Self.bodyLimit)
            return Array(buffer.readableBytesView)
        } catch {
            throw Problem(
                .contentTooLarge, "the body has more than \(Self.bodyLimit >> 20) MiB, or broke off"
            )
        }
    }
}

extension ControlRefusal.Kind {
    fileprivate var status: HTTPResponse.Status {
        switch self {
        case .unreadable: .badRequest
        case .invalid: .unprocessableContent
        case .notFound: .notFound
        case .conflict: .conflict
        case .unavailable: .serviceUnavailable
        }
    }
}
