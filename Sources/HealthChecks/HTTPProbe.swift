// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Asks over HTTP, with and without TLS.
struct HTTPProbe: Sendable {
    /// More at once than a director's limit, up to 10,000, lets through: a cancelled one takes a
    /// moment to end.
    private static let capacity = 16_384

    private let transfers: HTTPTransfers

    /// Its sockets belong to the network namespace of the calling thread.
    ///
    /// - Parameter trustStore: A file of certificates in PEM; nil: the host's.
    init(trustStore: String? = nil) throws(HTTPTransfersError) {
        transfers = try HTTPTransfers(capacity: Self.capacity, trustStore: trustStore)
    }

    func run(_ check: HTTPCheck, _ question: ProbeQuestion) async -> CheckOutcome {
        let request = HTTPRequest(check, question)
        return HTTPJudgement(
            check: check, question: question, serverName: request.serverName
        ).outcome(of: await transfers.run(request))
    }
}
