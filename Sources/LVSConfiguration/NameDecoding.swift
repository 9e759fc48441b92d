// SPDX-License-Identifier: Apache-2.0

import LVSModel

// Names and paths.
extension SettingsDecoder {
    /// A name that the kernel takes for an interface.
    mutating func interfaceName(_ value: Value) -> String? {
        let expected = "an interface's name of 1...15 bytes without blanks, / and :"
        guard let text = text(value, named: "interface", expected: expected) else { return nil }
        let isName =
            text.utf8.count <= 15 && text != "." && text != ".."
            && text.unicodeScalars.allSatisfy {
                !$0.properties.isWhitespace && $0.isPrintable && $0 != "/" && $0 != ":"
            }
        if isName { return text }
        let hint = text.contains(":") ? "a label such as eth0:0 is no interface: write eth0" : nil
        note(
            value, "interface \(Quotation.quote(text)) is no name of an interface",
            expected: expected, hint: hint)
        return nil
    }

    /// An absolute path that leaves room for the control socket's name.
    mutating func directory(_ value: Value) -> String? {
        // sockaddr_un has 108 bytes for the path, the NUL at its end included.
        let longest = 108 - "/control.sock".utf8.count - 1
        let expected = "an absolute path of at most \(longest) bytes"
        guard let text = text(value, named: "runtime-directory", expected: expected) else {
            return nil
        }
        let reason: String
        if text.utf8.count > longest {
            reason = "has \(text.utf8.count) bytes, too many for the control socket in it"
        } else if !text.hasPrefix("/") {
            reason = "is no absolute path"
        } else if !text.unicodeScalars.allSatisfy(\.isPrintable) {
            reason = "has characters that can not be shown"
        } else {
            return text
        }
        note(
            value, "runtime-directory \(Quotation.quote(text)) \(reason)", expected: expected,
            hint: "such as /run/lvsdr")
        return nil
    }
}

// MARK: - Text under a rule

extension SettingsDecoder {
    /// A text of at most so many bytes, none of them NUL, of which `isRight` holds.
    ///
    /// - Parameter fault: what to say of a text of which it does not.
    mutating func text(
        _ value: Value, named name: String, upTo longest: Int, expected: String,
        fault: String = "", where isRight: (String) -> Bool = { _ in true }
    ) -> String? {
        guard let text = text(value, named: name, expected: expected) else { return nil }
        let reason: String
        if text.utf8.count > longest {
            reason = "has \(text.utf8.count) bytes, more than \(longest)"
        } else if text.utf8.contains(0) {
            reason = "has a NUL character"
        } else if isRight(text) {
            return text
        } else {
            reason = fault
        }
        note(value, "\(name) \(Quotation.quote(text)) \(reason)", expected: expected)
        return nil
    }

    /// An absolute path of a file.
    mutating func filePath(_ value: Value, named name: String) -> String? {
        text(
            value, named: name, upTo: 4_095, expected: "an absolute path such as /etc/lvsdr/up",
            fault: "is no absolute path of printable characters"
        ) {
            $0.utf8.first == UInt8(ascii: "/") && $0.unicodeScalars.allSatisfy(\.isPrintable)
        }
    }

    /// A name in the domain name system.
    ///
    /// - Parameter extra: what may stand in it as well.
    mutating func hostName(_ value: Value, named name: String, extra: String = "") -> String? {
        text(
            value, named: name, upTo: 253, expected: "a host's name such as www.example.org",
            fault: "is no host's name"
        ) {
            $0.utf8.allSatisfy { Self.isNameByte($0) || extra.utf8.contains($0) }
        }
    }

    /// Letters, digits, `-`, `.`, `_`.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_": true
        default: false
        }
    }
}
