// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Greeting, HELO, QUIT (RFC 5321 sections 3.1, 4.1.1.1).
struct SMTPConversation: Conversation {
    /// All lines together; a mail server gives no more.
    private static let longest = 16 << 10

    let check: SMTPCheck
    private var received: [UInt8] = []
    private var length = 0
    private var hasGreeted = false

    init(check: SMTPCheck) {
        self.check = check
    }

    func begin() -> ConversationStep { .wait }

    mutating func receive(_ bytes: [UInt8]) -> ConversationStep {
        length += bytes.count
        guard length <= Self.longest else {
            return .done(.failed("a reply of more than \(Self.longest) bytes"))
        }
        received += bytes
        guard let reply = takeReply() else { return .wait }
        let expected = hasGreeted ? "250" : "220"
        guard reply.starts(with: expected.utf8) else {
            return .done(.failed("\(Wording.quote(reply)), expected \(expected)"))
        }
        if hasGreeted { return .takeLeave(Array("QUIT\r\n".utf8), .passed(weight: nil)) }
        hasGreeted = true
        return .send(Array("HELO \(check.helloName)\r\n".utf8))
    }

    /// The last line of a reply that is whole: its lines are `250-text`, the last `250 text`.
    private mutating func takeReply() -> [UInt8]? {
        while let end = received.firstIndex(of: UInt8(ascii: "\n")) {
            let line = received[..<end].filter { $0 != UInt8(ascii: "\r") }
            received.removeSubrange(...end)
            let isLast = line.count < 4 || line[3] != UInt8(ascii: "-")
            if isLast { return line }
        }
        return nil
    }
}
