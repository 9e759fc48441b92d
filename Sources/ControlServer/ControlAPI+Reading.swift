// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import HTTPTypes
import HummingbirdCore
import LVSModel

// What can be read.
extension ControlAPI {
    func document(at path: String, _ request: Request) async throws(Problem) -> Response {
        switch path {
        case ControlPath.status: try document(StatusMessage(await source.status()))
        case ControlPath.services: try document(ServicesMessage(await source.services()))
        case ControlPath.flows: try document(await flows(request))
        case ControlPath.events: try document(await events(request))
        case ControlPath.settings:
            response(Array(await source.settings().utf8), mediaType: "application/yaml")
        case ControlPath.differences: try document(await source.differences())
        default: try document(ExplanationMessage(await explain(request)))
        }
    }

    /// nil when the answer is a document.
    func stream(_ request: Request) async throws(Problem) -> (any AnswerStream)? {
        switch request.uri.path {
        case ControlPath.capture: return try await capture(request)
        case ControlPath.flows:
            let query = try flowQuery(request)
            let isWanted = query.isStream || request.accepts("application/x-ndjson")
            return isWanted ? FlowStream(source: source, filter: query.filter) : nil
        case ControlPath.events:
            let query = try eventQuery(request)
            guard query.isFollowing || request.accepts("text/event-stream") else { return nil }
            let last = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }
            return EventStream(source: source, since: last.flatMap { UInt64($0) } ?? query.since)
        default: return nil
        }
    }

    private func flowQuery(_ request: Request) throws(Problem) -> FlowQuery {
        try parsed(request, of: FlowQuery.parameters) { query throws(QueryError) in
            try FlowQuery(query)
        }
    }

    private func eventQuery(_ request: Request) throws(Problem) -> EventQuery {
        try parsed(request, of: EventQuery.parameters) { query throws(QueryError) in
            try EventQuery(query)
        }
    }

    /// A piece that is not empty unless it is the last.
    private func flows(_ request: Request) async throws(Problem) -> FlowsMessage {
        let query = try flowQuery(request)
        var page = FlowPage(flows: [], next: query.after)
        repeat {
            page = await source.flows(
                from: page.next ?? 0, matching: query.filter, atMost: query.limit)
        } while page.flows.isEmpty && page.next != nil && !Task.isCancelled
        return FlowsMessage(page)
    }

    private func events(_ request: Request) async throws(Problem) -> EventsMessage {
        EventsMessage(await source.events(since: try eventQuery(request).since))
    }

    private func explain(_ request: Request) async throws(Problem) -> Explanation {
        let flow = try parsed(request, of: FlowAddress.parameters) { query throws(QueryError) in
            try FlowAddress(query)
        }
        do {
            return try await source.explain(flow)
        } catch {
            throw Problem(.serviceUnavailable, "\(error)")
        }
    }

    private func capture(_ request: Request) async throws(Problem) -> CaptureStream {
        let wanted = try parsed(request, of: CaptureRequest.parameters) {
            query throws(QueryError) in
            try CaptureRequest(query)
        }
        do {
            return CaptureStream(session: try await source.capture(wanted), request: wanted)
        } catch {
            let status: HTTPResponse.Status =
                switch error {
                case .isRunning: .conflict
                case .noSuchService, .noSuchRealServer: .notFound
                case .unavailable: .serviceUnavailable
                }
            throw Problem(status, "\(error)")
        }
    }
}

extension Request {
    fileprivate func accepts(_ mediaType: String) -> Bool {
        headers[.accept]?.contains(mediaType) ?? false
    }
}
