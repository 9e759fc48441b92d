// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Asks over HTTP.
struct HTTPProbe: Sendable {
    /// More at once than a director's limit lets through.
    private static let capacity = 16_384

    private let transfers: HTTPTransfers

    init() throws(HTTPTransfersError) {
        transfers = try HTTPTransfers(capacity: Self.capacity)
    }

    func run(_ check: HTTPCheck, _ question: ProbeQuestion) async -> CheckOutcome {
        let request = HTTPRequest(
            check, vip: question.service.address, address: question.realServer,
            port: question.port, timeout: UInt32(clamping: question.timeout.milliseconds),
            mark: question.mark ?? 0)
        return HTTPJudgement(check: check, request: request)
            .outcome(of: await transfers.run(request))
    }
}
