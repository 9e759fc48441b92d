// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// A datagram, and the answer to it.
struct UDPConversation: Conversation {
    let check: UDPCheck

    func begin() -> ConversationStep { .send(check.payload) }

    func receive(_ bytes: [UInt8]) -> ConversationStep {
        guard let reply = check.reply, !bytes.starts(with: reply) else {
            return .done(.passed(weight: nil))
        }
        return .done(
            .failed("the reply \(Wording.quote(bytes)) does not begin as it should"))
    }

    /// An empty datagram looks like the end of a stream.
    func end() -> CheckOutcome? {
        guard case .done(let outcome) = receive([]) else { return nil }
        return outcome
    }

    /// Where no answer is due, no ICMP error is enough.
    func silence() -> CheckOutcome? {
        check.requiresReply ? nil : .passed(weight: nil)
    }
}
