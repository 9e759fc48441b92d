// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import HTTPTypes
import HummingbirdCore
import NIOCore

/// From a request to its answer: what the control API has, and what it refuses.
struct ControlAPI: Sendable {
    let source: any ControlSource

    /// Answers; HEAD as GET, but without the body. No request's body is read.
    func respond(to request: Request) async -> Response {
        let response = await answer(method: request.method, path: request.uri.path)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(method: HTTPRequest.Method, path: String) async -> Response {
        guard path == ControlPath.status || path == ControlPath.services else {
            let paths = "\(ControlPath.status) and \(ControlPath.services)"
            return problem(.notFound, "there is no \(path); there are \(paths)")
        }
        guard method == .get || method == .head else {
            var response = problem(
                .methodNotAllowed, "\(path) can be read, \(method.rawValue) is not possible")
            response.headers[.allow] = "GET, HEAD"
            return response
        }
        do {
            return path == ControlPath.status
                ? try document(StatusMessage(await source.status()))
                : try document(ServicesMessage(await source.services()))
        } catch {
            return problem(.internalServerError, "\(error)")
        }
    }

    private func document(
        _ message: some ControlMessage, status: HTTPResponse.Status = .ok,
        mediaType: String = "application/json"
    ) throws(ControlMessageError) -> Response {
        Response(
            status: status,
            headers: [.contentType: mediaType, .cacheControl: "no-store", .connection: "close"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try message.json())))
    }

    private func problem(_ status: HTTPResponse.Status, _ detail: String) -> Response {
        let message = ProblemMessage(
            status: status.code, title: status.reasonPhrase, detail: detail)
        return (try? document(message, status: status, mediaType: ProblemMessage.mediaType))
            ?? Response(status: .internalServerError, headers: [.connection: "close"])
    }
}
