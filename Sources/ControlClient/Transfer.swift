// SPDX-License-Identifier: Apache-2.0

import CTransfer

/// Bounded GETs over a unix domain socket: CTransfer in Swift's words.
struct Transfer {
    var socket: String
    var timeoutMilliseconds: UInt32
    var bodyLimit: Int

    enum Outcome: Equatable {
        case answered(status: Int, body: [UInt8])
        /// No connection; the errno of the attempt, or 0.
        case unreachable(errno: Int32)
        case timedOut
        case tooLarge
        case failed(String)
        /// A stream that its receiver ended.
        case stopped
    }

    /// Asks for an absolute path; blocks until the transfer has ended.
    ///
    /// - Parameter posting: what is sent with POST; nil: it is a GET.
    func ask(_ path: String, posting body: [UInt8]? = nil) -> Outcome {
        var response = unsafe ct_response()
        unsafe "http://localhost\(path)".withCString { url in
            unsafe socket.withCString { socket in
                unsafe (body ?? []).withUnsafeBufferPointer { bytes in
                    var request = unsafe ct_request(
                        url: url, unix_socket_path: socket, timeout_ms: timeoutMilliseconds,
                        max_body_bytes: bodyLimit, is_post: body != nil, data: bytes.baseAddress,
                        data_size: bytes.count)
                    unsafe ct_get(&request, &response)
                }
            }
        }
        defer { unsafe ct_response_release(&response) }
        return unsafe Outcome(response)
    }

    /// Asks for an absolute path, and hands an answer of status 200 on as it comes; blocks until that
    /// has ended.
    ///
    /// - Parameters:
    ///   - stopDescriptor: once it is readable, the stream ends.
    ///   - receive: takes a piece; false ends the stream.
    func stream(
        _ path: String, stopDescriptor: Int32, receive: @escaping ([UInt8]) -> Bool
    ) -> Outcome {
        let receiver = Receiver(receive)
        var response = unsafe ct_response()
        unsafe "http://localhost\(path)".withCString { url in
            unsafe socket.withCString { socket in
                var request = unsafe ct_stream_request(
                    ask: ct_request(
                        url: url, unix_socket_path: socket, timeout_ms: timeoutMilliseconds,
                        max_body_bytes: bodyLimit, is_post: false, data: nil, data_size: 0),
                    stop_fd: stopDescriptor, receive: Receiver.callback,
                    context: Unmanaged.passUnretained(receiver).toOpaque())
                unsafe ct_stream(&request, &response)
            }
        }
        withExtendedLifetime(receiver) {}
        defer { unsafe ct_response_release(&response) }
        return unsafe Outcome(response)
    }
}

/// A closure on its way through C.
private final class Receiver {
    private let receive: ([UInt8]) -> Bool

    init(_ receive: @escaping ([UInt8]) -> Bool) {
        self.receive = receive
    }

    static let callback:
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafePointer<UInt8>?, Int
        ) -> Bool = { context, bytes, count in
            guard let context = unsafe context else { return false }
            let receiver = unsafe Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue()
            let piece = unsafe UnsafeBufferPointer(start: bytes, count: count)
            return unsafe receiver.receive(Array(piece))
        }
}

extension Transfer.Outcome {
    fileprivate init(_ response: ct_response) {
        switch unsafe response.outcome {
        case CT_ANSWERED:
            let body = unsafe UnsafeBufferPointer(start: response.body, count: response.body_size)
            self = unsafe .answered(status: Int(response.status), body: Array(body))
        case CT_UNREACHABLE: self = unsafe .unreachable(errno: response.system_error)
        case CT_TIMED_OUT: self = .timedOut
        case CT_TOO_LARGE: self = .tooLarge
        case CT_STOPPED: self = .stopped
        default: self = unsafe .failed(String(cString: response.message))
        }
    }
}
