// SPDX-License-Identifier: Apache-2.0

/// Bytes as pairs of hexadecimal digits.
enum Hexadecimal {
    /// nil for an odd number of digits and for what is none.
    static func bytes(_ text: String) -> [UInt8]? {
        guard text.utf8.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for byte in text.utf8 {
            guard let digit = digit(byte) else { return nil }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return bytes
    }

    /// In lower case, at least `width` digits.
    static func text(_ number: some BinaryInteger, width: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    static func digit(_ byte: UInt8) -> UInt8? {
        switch Unicode.Scalar(byte) {
        case "0"..."9": byte - 0x30
        case "a"..."f": byte - 0x61 + 10
        case "A"..."F": byte - 0x41 + 10
        default: nil
        }
    }
}
