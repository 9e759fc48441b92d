// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import HTTPTypes
import HummingbirdCore
import LVSModel
import NIOCore

/// From a request to its answer: what the control API has, and what it refuses.
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

        init(_ status: HTTPResponse.Status, _ detail: String) {
            self.status = status
            self.detail = detail
        }
    }

    /// Longest body that is read.
    static let bodyLimit = 8 << 20

    let source: any ControlSource
    /// Whether nothing can be changed here, and frames' contents not be seen.
    let isReadOnly: Bool

    /// Answers; HEAD as GET, but without the body. Only the body of a POST is read.
    func answer(to request: Request) async -> Answer {
        do throws(Problem) {
            let (isChange, methods) = try methods(for: request)
            guard methods.contains(request.method) else {
                let names = methods.map(\.rawValue).joined(separator: ", ")
                let (path, method) = (request.uri.path, request.method.rawValue)
                var response = problem(
                    .methodNotAllowed,
                    isChange
                        ? "\(path) changes something: ask with POST, not with \(method)"
                        : "\(path) can be read, \(method) is not possible")
                response.headers[.allow] = names
                return .document(response)
            }
            if isChange { return .document(try await change(request)) }
            if let stream = try await stream(request) { return .stream(stream) }
            let response = try await document(at: request.uri.path, request)
            return .document(request.method == .head ? response.createHeadResponse() : response)
        } catch {
            return .document(problem(error.status, error.detail))
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

    private var readable: [String] {
        ControlPath.readable.filter { !isReadOnly || $0 != ControlPath.capture }
    }

    private func methods(
        for request: Request
    ) throws(Problem) -> (isChange: Bool, methods: [HTTPRequest.Method]) {
        let path = request.uri.path
        if readable.contains(path) {
            return (false, path == ControlPath.capture ? [.get] : [.get, .head])
        }
        if ControlPath.changing.contains(path) {
            guard !isReadOnly else {
                throw Problem(
                    .forbidden, "nothing can be changed over this socket; ask over control.sock")
            }
            return (true, [.post])
        }
        let all = isReadOnly ? readable : readable + ControlPath.changing
        let paths = all.dropLast().joined(separator: ", ")
        throw Problem(.notFound, "there is no \(path); there are \(paths) and \(all.last ?? "")")
    }

    func parsed<Value>(
        _ request: Request, of names: Set<String>, _ read: (Query) throws(QueryError) -> Value
    ) throws(Problem) -> Value {
        do {
            return try read(Query(request.parameters, of: names))
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

    private func problem(_ status: HTTPResponse.Status, _ detail: String) -> Response {
        let message = ProblemMessage(
            status: status.code, title: status.reasonPhrase, detail: detail)
        return (try? document(message, status: status, mediaType: ProblemMessage.mediaType))
            ?? Response(status: .internalServerError, headers: [.connection: "close"])
    }
}

extension Request {
    /// The parameters of the query, percent-decoded.
    fileprivate var parameters: [(name: String, value: String)] {
        uri.queryParameters.map { (String($0.key), String($0.value)) }
    }
}
