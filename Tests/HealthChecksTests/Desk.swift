// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import HealthChecks

/// Where a monitor's questions come in, and a test answers them.
struct Desk: Sendable {
    struct Inquiry: Sendable {
        let kind: CheckKind
        let question: ProbeQuestion
        fileprivate let answers: AsyncStream<CheckOutcome>.Continuation

        func answer(_ outcome: CheckOutcome = .passed) {
            answers.yield(outcome)
        }
    }

    let inquiries: AsyncStream<Inquiry>
    /// The RIPs of those that were cancelled.
    let cancelled: AsyncStream<IPAddress>
    private let coming: AsyncStream<Inquiry>.Continuation
    private let cancelling: AsyncStream<IPAddress>.Continuation

    init() {
        (inquiries, coming) = AsyncStream.makeStream()
        (cancelled, cancelling) = AsyncStream.makeStream()
    }

    func ask(_ kind: CheckKind, _ question: ProbeQuestion) async -> CheckOutcome {
        let (outcomes, answers) = AsyncStream.makeStream(of: CheckOutcome.self)
        coming.yield(Inquiry(kind: kind, question: question, answers: answers))
        if let outcome = await outcomes.first(where: { _ in true }) { return outcome }
        cancelling.yield(question.realServer)
        return .failed("cancelled")
    }

    func next() async throws -> Inquiry {
        try #require(await inquiries.first { _ in true })
    }

    /// The next ones by their RIPs.
    func next(_ count: Int) async throws -> [IPAddress: Inquiry] {
        var found: [IPAddress: Inquiry] = [:]
        for _ in 0..<count {
            let inquiry = try await next()
            #expect(found.updateValue(inquiry, forKey: inquiry.question.realServer) == nil)
        }
        return found
    }
}
