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
        case capture(CaptureStream)
    }

    /// What a client asked for that can not be had.
    private struct Problem: Error {
        var status: HTTPResponse.Status
        var detail: String
    }

    let source: any ControlSource

    /// Answers; HEAD as GET, but without the body. No request's body is read.
    func answer(to request: Request) async -> Answer {
        let path = request.uri.path
        guard ControlPath.all.contains(path) else {
            let paths = ControlPath.all.dropLast().joined(separator: ", ")
            let last = ControlPath.all.last ?? ""
            return .document(
                problem(.notFound, "there is no \(path); there are \(paths) and \(last)"))
        }
        let isStream = path == ControlPath.capture
        guard request.method == .get || (request.method == .head && !isStream) else {
            var response = problem(
                .methodNotAllowed,
                "\(path) can be read, \(request.method.rawValue) is not possible")
            response.headers[.allow] = isStream ? "GET" : "GET, HEAD"
            return .document(response)
        }
        do {
            if isStream { return .capture(try await capture(request)) }
            let response = try await document(at: path, request)
            return .document(request.method == .head ? response.createHeadResponse() : response)
        } catch {
            return .document(problem(error.status, error.detail))
        }
    }

    /// The head of the answer that a capture is.
    static let captureHead = HTTPResponse(
        status: .ok,
        headerFields: [
            .contentType: CaptureStream.mediaType, .cacheControl: "no-store",
            .connection: "close",
        ])

    private func document(
        at path: String, _ request: Request
    ) async throws(Problem) -> Response {
        do {
            return switch path {
            case ControlPath.status: try document(StatusMessage(await source.status()))
            case ControlPath.services: try document(ServicesMessage(await source.services()))
            default: try document(ExplanationMessage(await explain(request)))
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(status: .internalServerError, detail: "\(error)")
        }
    }

    private func explain(_ request: Request) async throws(Problem) -> Explanation {
        let flow: FlowAddress
        do {
            flow = try FlowAddress(Query(request.parameters, of: FlowAddress.parameters))
        } catch {
            throw Problem(status: .badRequest, detail: "\(error)")
        }
        do {
            return try await source.explain(flow)
        } catch {
            throw Problem(status: .serviceUnavailable, detail: "\(error)")
        }
    }

    private func capture(_ request: Request) async throws(Problem) -> CaptureStream {
        let wanted: CaptureRequest
        do {
            wanted = try CaptureRequest(Query(request.parameters, of: CaptureRequest.parameters))
        } catch {
            throw Problem(status: .badRequest, detail: "\(error)")
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
            throw Problem(status: status, detail: "\(error)")
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

extension Request {
    /// The parameters of the query, percent-decoded.
    fileprivate var parameters: [(name: String, value: String)] {
        uri.queryParameters.map { (String($0.key), String($0.value)) }
    }
}
