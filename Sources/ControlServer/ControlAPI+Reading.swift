// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import HTTPTypes
import HummingbirdCore
import LVSModel

// What can be read.
extension ControlAPI {
    func document(_ route: Route, _ query: Query) async throws(Problem) -> Response {
        switch route.path {
        case ControlPath.status: try document(StatusMessage(await source.status()))
        case ControlPath.flows: try document(await flows(query))
        case ControlPath.events: try document(await events(query))
        case ControlPath.logLevel: try document(LogLevelMessage(source.logLevel))
        case ControlPath.description:
            response(PackageResources.openapi_json, mediaType: "application/json")
        case ControlPath.settings:
            response(Array(await source.settings().utf8), mediaType: "application/yaml")
        case ControlPath.differences: try document(await source.differences())
        default: try document(ExplanationMessage(await explain(query)))
        }
    }

    /// nil when the answer is a document.
    func stream(
        _ request: Request, _ route: Route, _ query: Query
    ) async throws(Problem) -> (any AnswerStream)? {
        switch route.path {
        case ControlPath.capture: return try await capture(query)
        case ControlPath.metrics:
            return MetricsStream(status: await source.status(), services: await source.services())
        case ControlPath.flows:
            let query = try reading { () throws(QueryError) in try FlowQuery(query) }
            let isWanted = query.isStream || request.accepts("application/x-ndjson")
            return isWanted ? FlowStream(source: source, filter: query.filter) : nil
        case ControlPath.events:
            let query = try reading { () throws(QueryError) in try EventQuery(query) }
            guard query.isFollowing || request.accepts("text/event-stream") else { return nil }
            let last = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }
            return EventStream(source: source, since: last.flatMap { UInt64($0) } ?? query.since)
        default: return nil
        }
    }

    /// All of them, or the one that is asked for: none when there is no such.
    func services(_ query: Query) async throws(Problem) -> Answer {
        let wanted = try reading { () throws(QueryError) in try query.service() }
        await turnstile.enter()
        defer { turnstile.leave() }
        var services = await source.services()
        if let wanted { services.removeAll { $0.address != wanted } }
        let isLarge = services.reduce(0) { $0 + $1.realServers.count } > ServicesStream.least
        return isLarge
            ? .stream(ServicesStream(services: services))
            : .document(try document(ServicesMessage(services)))
    }

    /// A piece that is not empty unless it is the last.
    private func flows(_ query: Query) async throws(Problem) -> FlowsMessage {
        let query = try reading { () throws(QueryError) in try FlowQuery(query) }
        var page = FlowPage(flows: [], next: query.after)
        repeat {
            page = await source.flows(
                from: page.next ?? 0, matching: query.filter, atMost: query.limit)
        } while page.flows.isEmpty && page.next != nil && !Task.isCancelled
        return FlowsMessage(page)
    }

    private func events(_ query: Query) async throws(Problem) -> EventsMessage {
        let query = try reading { () throws(QueryError) in try EventQuery(query) }
        return EventsMessage(await source.events(since: query.since))
    }

    private func explain(_ query: Query) async throws(Problem) -> Explanation {
        let flow = try reading { () throws(QueryError) in try FlowAddress(query) }
        do {
            return try await source.explain(flow)
        } catch {
            throw Problem(.serviceUnavailable, "\(error)")
        }
    }

    private func capture(_ query: Query) async throws(Problem) -> CaptureStream {
        let wanted = try reading { () throws(QueryError) in try CaptureRequest(query) }
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
