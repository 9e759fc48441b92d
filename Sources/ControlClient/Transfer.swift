// SPDX-License-Identifier: Apache-2.0

import CTransfer

/// A bounded GET over a unix domain socket: CTransfer in Swift's words.
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
    }

    /// Asks for an absolute path; blocks until the transfer has ended.
    func get(_ path: String) -> Outcome {
        var response = unsafe ct_response()
        unsafe "http://localhost\(path)".withCString { url in
            unsafe socket.withCString { socket in
                var request = unsafe ct_request(
                    url: url, unix_socket_path: socket, timeout_ms: timeoutMilliseconds,
                    max_body_bytes: bodyLimit)
                unsafe ct_get(&request, &response)
            }
        }
        defer { unsafe ct_response_release(&response) }
        switch unsafe response.outcome {
        case CT_ANSWERED:
            let body = unsafe UnsafeBufferPointer(start: response.body, count: response.body_size)
            return unsafe .answered(status: Int(response.status), body: Array(body))
        case CT_UNREACHABLE: return unsafe .unreachable(errno: response.system_error)
        case CT_TIMED_OUT: return .timedOut
        case CT_TOO_LARGE: return .tooLarge
        default: return unsafe .failed(String(cString: response.message))
        }
    }
}
