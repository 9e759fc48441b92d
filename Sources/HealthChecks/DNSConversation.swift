// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// A question and its answer (RFC 1035 section 4).
struct DNSConversation: Conversation {
    let check: DNSCheck
    /// Random: an answer to another question is none to ours.
    let identifier: UInt16

    func begin() -> ConversationStep {
        var message = DNSMessage.header(identifier)
        message += DNSMessage.name(check.name)
        message += [0, UInt8(truncatingIfNeeded: check.type.number), 0, 1]
        return .send(message)
    }

    func receive(_ bytes: [UInt8]) -> ConversationStep {
        guard let answer = DNSMessage(bytes), answer.identifier == identifier, answer.isAnswer
        else { return .wait }
        guard answer.code == 0 else {
            return .done(.failed("the answer is \(Self.name(ofCode: answer.code))"))
        }
        guard let wanted = check.answer else { return .done(.passed(weight: nil)) }
        let texts = answer.texts(of: check.type)
        guard !texts.contains(where: { plain($0) == plain(wanted) }) else {
            return .done(.passed(weight: nil))
        }
        if answer.isCut { return .done(.failed("the answer is cut, \(wanted) is not in it")) }
        let found = texts.isEmpty ? "nothing" : texts.prefix(3).joined(separator: ", ")
        return .done(
            .failed("the answer is \(Wording.quote(found.utf8)), expected \(wanted)"))
    }

    /// Addresses are compared as such, names without case and without the dot of the root, the
    /// strings of TXT as they are.
    private func plain(_ text: String) -> String {
        switch check.type {
        case .a, .aaaa: IPAddress(text)?.description ?? text
        case .txt: text
        case .cname, .mx, .ns, .ptr, .soa, .srv:
            (text.count > 1 && text.hasSuffix(".") ? String(text.dropLast()) : text).lowercased()
        }
    }

    private static func name(ofCode code: UInt8) -> String {
        let names = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"]
        return Int(code) < names.count ? names[Int(code)] : "error \(code)"
    }
}

extension DNSCheck.RecordType {
    /// RFC 1035 section 3.2.2, RFC 3596, RFC 2782.
    var number: UInt16 {
        switch self {
        case .a: 1
        case .ns: 2
        case .cname: 5
        case .soa: 6
        case .ptr: 12
        case .mx: 15
        case .txt: 16
        case .aaaa: 28
        case .srv: 33
        }
    }
}
