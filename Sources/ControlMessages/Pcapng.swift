// SPDX-License-Identifier: Apache-2.0

/// The names and numbers of a pcapng file (draft-ietf-opsawg-pcapng), as far as captures use them.
/// Ours are in little-endian byte order.
enum Pcapng {
    enum Block {
        static let section: UInt32 = 0x0A0D_0D0A
        static let interface: UInt32 = 1
        static let statistics: UInt32 = 5
        static let packet: UInt32 = 6
    }

    enum Option {
        static let comment: UInt16 = 1
        static let interfaceName: UInt16 = 2
        static let packetFlags: UInt16 = 2
        static let application: UInt16 = 4
        static let received: UInt16 = 4
        static let dropped: UInt16 = 5
        static let timeResolution: UInt16 = 9
    }

    static let byteOrderMagic: UInt32 = 0x1A2B_3C4D
    static let ethernet: UInt16 = 1
    /// Nanoseconds: ten to the power of minus nine.
    static let nanoseconds: UInt8 = 9
    /// The direction in a packet's flags.
    static let inbound: UInt32 = 1
    static let outbound: UInt32 = 2
    /// Of a block around its body.
    static let blockOverhead = 12
}

/// Bytes of a pcapng file in the making.
struct PcapngBytes {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ number: some FixedWidthInteger) {
        unsafe withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    /// Padded with zeros to whole words.
    mutating func append(padded content: [UInt8]) {
        bytes += content
        bytes += [UInt8](repeating: 0, count: -content.count & 3)
    }

    mutating func append(option code: UInt16, _ content: [UInt8]) {
        append(code)
        append(UInt16(content.count))
        append(padded: content)
    }

    mutating func append(option code: UInt16, _ number: some FixedWidthInteger) {
        var content = PcapngBytes()
        content.append(number)
        append(option: code, content.bytes)
    }

    mutating func appendEndOfOptions() {
        append(UInt32(0))
    }

    /// The high and the low half of a time in nanoseconds.
    mutating func append(time: UInt64) {
        append(UInt32(time >> 32))
        append(UInt32(truncatingIfNeeded: time))
    }

    /// A whole block with this body.
    static func block(_ type: UInt32, _ body: (inout PcapngBytes) -> Void) -> [UInt8] {
        var content = PcapngBytes()
        body(&content)
        let length = UInt32(content.bytes.count + Pcapng.blockOverhead)
        var block = PcapngBytes()
        block.append(type)
        block.append(length)
        block.bytes += content.bytes
        block.append(length)
        return block.bytes
    }
}
