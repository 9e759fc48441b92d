// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import HTTPTypes
import HummingbirdCore
import LVSModel
import NIOCore

// What changes something.
extension ControlAPI {
    func change(_ request: Request) async throws(Problem) -> Response {
        switch request.uri.path {
        case ControlPath.changes:
            let body = try await body(of: request)
            return try await done { () throws(ControlRefusal) in try await source.change(body) }
        case ControlPath.reload:
            let query = try parsed(request, of: ReloadQuery.parameters) {
                query throws(QueryError) in
                try ReloadQuery(query)
            }
            return try await done { () throws(ControlRefusal) in try await source.reload(query) }
        case ControlPath.save:
            return try await done { () throws(ControlRefusal) in try await source.save() }
        case ControlPath.zero:
            let service = try parsed(request, of: ["service"]) { query throws(QueryError) in
                try query.service()
            }
            return try await done { () throws(ControlRefusal) in try await source.zero(service) }
        default:
            let role = try parsed(request, of: ["role"]) { query throws(QueryError) in
                try query.role()
            }
            return try await done { () throws(ControlRefusal) in try await source.setRole(role) }
        }
    }

    private func done(
        _ change: () async throws(ControlRefusal) -> some ControlMessage
    ) async throws(Problem) -> Response {
        let message: any ControlMessage
        do {
            message = try await change()
        } catch {
            throw Problem(error.kind.status, error.description)
        }
        return try document(message)
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
