// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What a check says over a socket, and what it makes of the answers: bytes in, the next step out.
protocol Conversation: Sendable {
    /// Once there is a connection.
    mutating func begin() -> ConversationStep
    /// A datagram, or a piece of a stream.
    mutating func receive(_ bytes: [UInt8]) -> ConversationStep
    /// The other side has nothing more to say, or has sent an empty datagram; nil: that is a failure like any other.
    mutating func end() -> CheckOutcome?
    /// The time is over; nil: that is a failure.
    mutating func silence() -> CheckOutcome?
}

enum ConversationStep: Sendable {
    case wait
    case send([UInt8])
    case done(CheckOutcome)
    /// A last word, whose answer nobody waits for.
    case takeLeave([UInt8], CheckOutcome)
}

extension Conversation {
    mutating func end() -> CheckOutcome? { nil }
    mutating func silence() -> CheckOutcome? { nil }
}

/// A connection, and nothing more.
struct TCPConversation: Conversation {
    func begin() -> ConversationStep { .done(.passed(weight: nil)) }
    func receive(_ bytes: [UInt8]) -> ConversationStep { .done(.passed(weight: nil)) }
}
