// SPDX-License-Identifier: Apache-2.0

import LVSModel

@testable import HealthChecks

/// A name server's answer, built by hand (RFC 1035 section 4.1).
struct DNSReply {
    private(set) var bytes: [UInt8]

    /// - Parameter flags: 0x8000 says that it is an answer, 0x0200 that it is cut.
    init(to question: [UInt8], flags: UInt16 = 0x8000, code: UInt8 = 0) {
        bytes = question
        bytes[2] = UInt8(flags >> 8)
        bytes[3] = code
    }

    /// Adds a record whose name is the question's, by a pointer.
    func adding(_ type: DNSCheck.RecordType, _ data: [UInt8], name: [UInt8] = [0xC0, 12]) -> Self {
        var reply = self
        reply.bytes[7] += 1
        reply.bytes += name + [0, UInt8(type.number), 0, 1, 0, 0, 0, 60]
        reply.bytes += [UInt8(data.count >> 8), UInt8(data.count & 0xFF)] + data
        return reply
    }
}
