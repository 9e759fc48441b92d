// SPDX-License-Identifier: Apache-2.0

import CTransfer
import Glibc
import Synchronization

/// Carries out many HTTP(S) requests at once, on a thread of its own; an asker's thread is not
/// blocked.
///
/// Its sockets belong to the network namespace of the thread that made it. It goes with its last
/// reference; a request that is under way holds one.
final class HTTPTransfers: Sendable {
    private let checker: Mutex<Checker>

    /// - Parameters:
    ///   - capacity: requests at one time, 1...65,536; one more fails.
    ///   - trustStore: A file of certificates in PEM; nil: the host's.
    init(capacity: Int, trustStore: String? = nil) throws(HTTPTransfersError) {
        checker = Mutex(try Checker(capacity: capacity, trustStore: trustStore))
    }

    /// Returns when the request has ended, at its timeout at the latest, or soon after the task is
    /// cancelled.
    func run(_ request: HTTPRequest) async -> HTTPAnswer {
        let ticket = Ticket()
        return await withTaskCancellationHandler {
            guard !Task.isCancelled else { return HTTPAnswer(end: .cancelled) }
            return await withCheckedContinuation { start(request, ticket, $0) }
        } onCancel: {
            if let number = ticket.cancel() { checker.withLock { $0.cancel(number) } }
        }
    }

    private func start(
        _ request: HTTPRequest, _ ticket: Ticket,
        _ continuation: CheckedContinuation<HTTPAnswer, Never>
    ) {
        let started = checker.withLock { checker in
            Result { () throws(HTTPStartError) in try checker.start(request, continuation) }
        }
        switch started {
        case .success(let number):
            if ticket.start(number) { checker.withLock { $0.cancel(number) } }
        case .failure(let error):
            continuation.resume(returning: HTTPAnswer(end: .failed(error.fault)))
        }
    }
}

/// There is no thread, or no memory, to carry out requests.
struct HTTPTransfersError: Error, Hashable, CustomStringConvertible {
    let errno: Int32

    var description: String {
        "cannot start the thread of the HTTP checks: \(unsafe String(cString: strerror(errno)))"
    }
}

/// libcurl takes no such request, or there are too many.
private struct HTTPStartError: Error {
    let fault: String
}

/// Brings a request's number and its cancellation together, in whichever order they come.
private final class Ticket: Sendable {
    private enum State {
        case fresh
        case started(UInt64)
        case cancelled
    }

    private let state = Mutex(State.fresh)

    /// - Returns: True when it was cancelled before.
    func start(_ number: UInt64) -> Bool {
        state.withLock { state in
            if case .cancelled = state { return true }
            state = .started(number)
            return false
        }
    }

    /// - Returns: The number, when it has started.
    func cancel() -> UInt64? {
        state.withLock { state in
            defer { state = .cancelled }
            guard case .started(let number) = state else { return nil }
            return number
        }
    }
}

/// Owns CTransfer's checker.
@safe private struct Checker: ~Copyable {
    private let handle: OpaquePointer

    init(capacity: Int, trustStore: String?) throws(HTTPTransfersError) {
        var handle: OpaquePointer?
        let code = unsafe ct_checker_create(
            &handle, UInt32(clamping: capacity), trustStore)
        guard code == 0, let handle = unsafe handle else {
            throw HTTPTransfersError(errno: -code)
        }
        unsafe self.handle = handle
    }

    deinit {
        unsafe ct_checker_destroy(handle)
    }

    func cancel(_ number: UInt64) {
        unsafe ct_checker_cancel(handle, number)
    }

    /// - Returns: The request's number; the continuation is resumed when it has ended.
    func start(
        _ request: HTTPRequest, _ continuation: CheckedContinuation<HTTPAnswer, Never>
    ) throws(HTTPStartError) -> UInt64 {
        let waiter = unsafe Unmanaged.passRetained(Waiter(continuation))
        var fault: UnsafePointer<CChar>?
        let number = unsafe withRequest(request) { request in
            unsafe ct_checker_start(handle, request, Waiter.callback, waiter.toOpaque(), &fault)
        }
        guard number != 0 else {
            unsafe waiter.release()
            throw HTTPStartError(fault: unsafe fault.map { unsafe String(cString: $0) } ?? "")
        }
        return number
    }

    private func withRequest<Result>(
        _ request: HTTPRequest, _ body: (UnsafePointer<ct_check_request>) -> Result
    ) -> Result {
        let lines = request.headerLines.map { CChar(bitPattern: $0) }
        return unsafe request.url.withCString { url in
            unsafe "::\(request.destination)".withCString { destination in
                unsafe request.method.withCString { method in
                    unsafe lines.withUnsafeBufferPointer { lines in
                        var asked = unsafe ct_check_request(
                            url: url, connect_to: destination, method: method,
                            headers: lines.baseAddress, timeout_ms: request.timeout,
                            mark: request.mark, http2: request.isHTTP2,
                            verifies_certificate: request.verifiesCertificate,
                            wants_body: request.wantsBody)
                        return unsafe body(&asked)
                    }
                }
            }
        }
    }
}

/// A continuation on its way through C.
private final class Waiter {
    private let continuation: CheckedContinuation<HTTPAnswer, Never>

    init(_ continuation: CheckedContinuation<HTTPAnswer, Never>) {
        self.continuation = continuation
    }

    /// On the checker's thread.
    static let callback:
        @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<ct_check_answer>?) -> Void = {
            context, answer in
            guard let context = unsafe context, let answer = unsafe answer else { return }
            let waiter = unsafe Unmanaged<Waiter>.fromOpaque(context).takeRetainedValue()
            unsafe waiter.continuation.resume(returning: HTTPAnswer(answer.pointee))
        }
}

extension HTTPAnswer {
    fileprivate init(_ answer: ct_check_answer) {
        let body = unsafe UnsafeBufferPointer(start: answer.body, count: answer.body_size)
        unsafe self.init(
            end: End(answer), isConnected: answer.is_connected,
            status: answer.status == 0 ? nil : Int(answer.status),
            isHTTP2: answer.is_http2, body: Array(body))
    }
}

extension HTTPAnswer.End {
    fileprivate init(_ answer: ct_check_answer) {
        let message = unsafe String(cString: answer.message)
        let errno = unsafe answer.system_error
        switch unsafe answer.end {
        case CT_CHECK_ANSWERED: self = .answered
        case CT_CHECK_NO_CONNECTION: self = .noConnection(errno)
        case CT_CHECK_NO_MARK: self = .noMark(errno)
        case CT_CHECK_TIMED_OUT: self = .timedOut
        case CT_CHECK_CANCELLED: self = .cancelled
        case CT_CHECK_CLOSED: self = .closed
        case CT_CHECK_HEADER_TOO_LARGE: self = .headerTooLarge
        case CT_CHECK_BODY_TOO_LARGE: self = .bodyTooLarge
        case CT_CHECK_BODIES_TOO_LARGE: self = .bodiesTooLarge
        case CT_CHECK_NOT_HTTP: self = .notHTTP(message)
        case CT_CHECK_CERTIFICATE:
            self = unsafe answer.is_wrong_name ? .wrongName : .certificate(message)
        case CT_CHECK_TLS: self = .tls(message, errno)
        default: self = .failed(message)
        }
    }
}
