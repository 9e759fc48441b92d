// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import HTTPTypes
import HummingbirdCore
import LVSModel
import NIOCore

/// From a request to its answer: what a listener has, and what it refuses.
struct ControlAPI: Sendable {
    /// A document, or a stream that takes its time.
    enum Answer: Sendable {
        case document(Response)
        case stream(any AnswerStream)
    }

    /// What a client asked for that can not be had.
    struct Problem: Error {
        var status: HTTPResponse.Status
        var detail: String
        /// What it may be asked with instead.
        var methods: [HTTPRequest.Method] = []
        var findings: [ProblemMessage.Finding] = []

        init(_ status: HTTPResponse.Status, _ detail: String) {
            self.status = status
            self.detail = detail
        }
    }

    /// Longest body that is read.
    static let bodyLimit = 8 << 20

    let source: any ControlSource
    let offer: Offer
    /// How many readings of all services are made at once.
    let turnstile: Turnstile

    /// Answers; HEAD as GET, but without the body. Only the body of a POST is read.
    ///
    /// - Parameters:
    ///   - author: who asks, where that is known.
    ///   - onChange: told when such a body is there, before the change is made.
    func answer(
        to request: Request, by author: Author? = nil, onChange: () -> Void = {}
    ) async -> Answer {
        do throws(Problem) {
            let route = try route(of: request)
            let query = try reading { () throws(QueryError) in
                try Query(request.parameters, of: route.parameters)
            }
            if route.kind == .change {
                return .document(
                    try await change(request, route, query, by: author, onChange: onChange))
            }
            let answer =
                if route.path == ControlPath.services {
                    try await services(query)
                } else if let stream = try await stream(request, route, query) {
                    Answer.stream(stream)
                } else {
                    Answer.document(try await document(route, query))
                }
            return request.method == .head ? await head(of: answer) : answer
        } catch {
            return .document(answer(error))
        }
    }

    private func head(of answer: Answer) async -> Answer {
        switch answer {
        case .document(let response): return .document(response.createHeadResponse())
        case .stream(let stream):
            await stream.end()
            return .document(Response(status: .ok, headers: Self.head(of: stream).headerFields))
        }
    }

    /// The head of an answer that is a stream.
    static func head(of stream: any AnswerStream) -> HTTPResponse {
        HTTPResponse(
            status: .ok,
            headerFields: [
                .contentType: stream.mediaType, .cacheControl: "no-store", .connection: "close",
            ])
    }

    private func route(of request: Request) throws(Problem) -> Route {
        let (path, method) = (request.uri.path, request.method)
        let known = Route.all.filter { $0.path == path }
        let routes = known.filter(offer.has)
        if let route = routes.first(where: { $0.methods.contains(method) }) { return route }
        let isChange = known.contains { $0.kind == .change }
        if offer == .reading, isChange, routes.isEmpty || method == .post {
            throw Problem(
                .forbidden, "nothing can be changed over this socket; ask over control.sock")
        }
        guard !routes.isEmpty else {
            let paths = offer.paths
            let list = paths.dropLast().joined(separator: ", ")
            throw Problem(
                .notFound,
                "there is no \(path); there "
                    + (paths.count > 1 ? "are \(list) and " : "is ") + (paths.last ?? ""))
        }
        var problem = Problem(
            .methodNotAllowed,
            routes.allSatisfy { $0.kind == .change }
                ? "\(path) changes something: ask with POST, not with \(method)"
                : "\(path) can be read, \(method) is not possible")
        problem.methods = routes.flatMap(\.methods)
        throw problem
    }

    /// What a query says; a problem when that can not be.
    func reading<Value>(_ read: () throws(QueryError) -> Value) throws(Problem) -> Value {
        do {
            return try read()
        } catch {
            throw Problem(.badRequest, "\(error)")
        }
    }

    func document(
        _ message: some ControlMessage, status: HTTPResponse.Status = .ok,
        mediaType: String = "application/json"
    ) throws(Problem) -> Response {
        do {
            return response(try message.json(), status: status, mediaType: mediaType)
        } catch {
            throw Problem(.internalServerError, "\(error)")
        }
    }

    func response(
        _ bytes: [UInt8], status: HTTPResponse.Status = .ok, mediaType: String
    ) -> Response {
        Response(
            status: status,
            headers: [.contentType: mediaType, .cacheControl: "no-store", .connection: "close"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    func tooManyStreams(_ count: Int) -> Response {
        answer(
            Problem(
                .serviceUnavailable,
                "\(count) streams are being answered here, which is the most; ask again later"))
    }

    private func answer(_ problem: Problem) -> Response {
        let message = ProblemMessage(
            status: problem.status.code, title: problem.status.reasonPhrase,
            detail: problem.detail, errors: problem.findings.isEmpty ? nil : problem.findings)
        guard
            var response = try? document(
                message, status: problem.status, mediaType: ProblemMessage.mediaType)
        else { return Response(status: .internalServerError, headers: [.connection: "close"]) }
        if !problem.methods.isEmpty {
            response.headers[.allow] = problem.methods.map(\.rawValue).joined(separator: ", ")
        }
        return response
    }
}

extension Request {
    /// The parameters of the query, percent-decoded.
    fileprivate var parameters: [(name: String, value: String)] {
        uri.queryParameters.map { (String($0.key), String($0.value)) }
    }
}
