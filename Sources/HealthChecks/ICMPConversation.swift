// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// An echo request and its reply (RFC 792, RFC 4443 section 4).
struct ICMPConversation: Conversation {
    private let isIPv6: Bool
    private let isRaw: Bool
    private let identifier = UInt16.random(in: 0...UInt16.max)
    private let sequence = UInt16.random(in: 0...UInt16.max)
    /// Random, as are the numbers, so that two checks at once do not take each other's reply.
    private let payload: [UInt8]

    init(over socket: ConnectedSocket, _ question: ProbeQuestion) {
        isIPv6 = question.realServer.family == .ipv6
        isRaw = socket.isRaw
        payload = Array("lvsdr health check ".utf8) + (0..<8).map { _ in .random(in: 0...255) }
    }

    func begin() -> ConversationStep {
        var message: [UInt8] = [isIPv6 ? 128 : 8, 0, 0, 0]
        for number in [identifier, sequence] {
            message += [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
        }
        message += payload
        if !isIPv6 {  // the kernel fills in ICMPv6's
            let sum = Self.checksum(message)
            message[2] = UInt8(sum >> 8)
            message[3] = UInt8(truncatingIfNeeded: sum)
        }
        return .send(message)
    }

    func receive(_ bytes: [UInt8]) -> ConversationStep {
        var message = bytes[...]
        if !isIPv6, isRaw {  // it gives the IP header too
            guard let first = bytes.first, first >> 4 == 4 else { return .wait }
            message = bytes.dropFirst(Int(first & 0x0F) * 4)
        }
        guard message.count == 8 + payload.count, case let start = message.startIndex,
            message[start] == (isIPv6 ? 129 : 0), message[start + 1] == 0,
            // The kernel gives a ping socket an identifier of its own.
            !isRaw || number(message, at: 4) == identifier,
            number(message, at: 6) == sequence, message.dropFirst(8).elementsEqual(payload)
        else { return .wait }
        return .done(.passed(weight: nil))
    }

    private func number(_ message: ArraySlice<UInt8>, at offset: Int) -> UInt16 {
        let index = message.startIndex + offset
        return UInt16(message[index]) << 8 | UInt16(message[index + 1])
    }

    /// RFC 1071.
    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for (index, byte) in bytes.enumerated() {
            sum += index.isMultiple(of: 2) ? UInt32(byte) << 8 : UInt32(byte)
        }
        while sum > 0xFFFF { sum = (sum >> 16) + (sum & 0xFFFF) }
        return ~UInt16(sum)
    }
}
