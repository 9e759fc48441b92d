// SPDX-License-Identifier: Apache-2.0

/// Cuts a stream of bytes into the blocks of a pcapng file that a director wrote.
///
/// The stream comes in pieces of any size; a block is handed out when all of it is there. What is
/// kept in between is less than one block of the largest size.
public struct PcapngReader: Sendable {
    /// In bytes; a director's are smaller.
    public static let longestBlock = 1 << 20

    /// Why the stream is none of a director's.
    public struct Fault: Error, Hashable, Sendable {
        /// The block's place in the stream, in bytes.
        public let offset: Int
    }

    /// A block of the file.
    public struct Block: Hashable, Sendable {
        public enum Content: Hashable, Sendable {
            /// The section's header, an interface's description, and what a newer director writes.
            case other
            case packet(CapturedPacketMessage)
            /// Frames captured so far, and frames that found no room.
            case statistics(captured: UInt64, missed: UInt64)
        }

        /// All of it, as it stands in the file.
        public let bytes: [UInt8]
        public let content: Content
    }

    private var rest: [UInt8] = []
    private var offset = 0

    public init() {}

    /// True before the first block.
    public var isUntouched: Bool { offset == 0 }

    /// The blocks that are whole with this piece.
    public mutating func read(_ piece: [UInt8]) throws(Fault) -> [Block] {
        rest += piece
        var blocks: [Block] = []
        var start = 0
        while rest.count - start >= 8 {
            let type = rest.number(at: start, as: UInt32.self)
            let length = Int(rest.number(at: start + 4, as: UInt32.self))
            guard type == Pcapng.Block.section || offset > 0, length % 4 == 0,
                (Pcapng.blockOverhead...Self.longestBlock).contains(length)
            else { throw Fault(offset: offset) }
            guard rest.count - start >= length else { break }
            let bytes = Array(rest[start..<start + length])
            guard bytes.number(at: length - 4, as: UInt32.self) == length,
                let content = Block.content(type, Array(bytes[8..<length - 4]))
            else { throw Fault(offset: offset) }
            blocks.append(Block(bytes: bytes, content: content))
            start += length
            offset += length
        }
        rest.removeFirst(start)
        return blocks
    }
}

/// A packet of a capture, with what became of it.
public struct CapturedPacketMessage: Hashable, Sendable {
    /// Nanoseconds since 1970.
    public var time: UInt64
    public var bytes: [UInt8]
    /// Of the whole packet, in bytes.
    public var length: UInt32
    /// As it went; else as it came.
    public var isSent: Bool
    /// Verdict, reason and, if one was picked, the real server, with blanks in between.
    public var comment: String
}

extension PcapngReader.Block {
    /// What stands in a block's body; nil when it is broken.
    fileprivate static func content(_ type: UInt32, _ body: [UInt8]) -> Content? {
        switch type {
        case Pcapng.Block.packet: packet(body)
        case Pcapng.Block.statistics: statistics(body)
        case Pcapng.Block.section:
            body.count >= 16 && body.number(at: 0, as: UInt32.self) == Pcapng.byteOrderMagic
                ? .other : nil
        default: .other
        }
    }

    private static func packet(_ body: [UInt8]) -> Content? {
        guard body.count >= 20 else { return nil }
        let captured = Int(body.number(at: 12, as: UInt32.self))
        guard captured <= body.count - 20 else { return nil }
        let end = 20 + (captured + 3) / 4 * 4
        guard end <= body.count, let options = body.options(from: end) else { return nil }
        let flags = options[Pcapng.Option.packetFlags] ?? []
        return .packet(
            CapturedPacketMessage(
                time: body.time(at: 4), bytes: Array(body[20..<20 + captured]),
                length: body.number(at: 16, as: UInt32.self),
                isSent: flags.first.map { UInt32($0 & 3) } == Pcapng.outbound,
                comment: String(
                    decoding: options[Pcapng.Option.comment] ?? [], as: UTF8.self)))
    }

    private static func statistics(_ body: [UInt8]) -> Content? {
        guard body.count >= 12, let options = body.options(from: 12),
            let received = options[Pcapng.Option.received], received.count == 8,
            let dropped = options[Pcapng.Option.dropped], dropped.count == 8
        else { return nil }
        let missed = dropped.number(at: 0, as: UInt64.self)
        let all = received.number(at: 0, as: UInt64.self)
        return all < missed ? nil : .statistics(captured: all - missed, missed: missed)
    }
}

extension [UInt8] {
    /// A number in little-endian byte order.
    ///
    /// - Precondition: it is there.
    fileprivate func number<Number: FixedWidthInteger>(
        at offset: Int, as type: Number.Type
    ) -> Number {
        let size = Number.bitWidth / 8
        return self[offset..<offset + size].reversed().reduce(0) { $0 << 8 | Number($1) }
    }

    fileprivate func time(at offset: Int) -> UInt64 {
        UInt64(number(at: offset, as: UInt32.self)) << 32
            | UInt64(number(at: offset + 4, as: UInt32.self))
    }

    /// The options that begin at `offset`, the last one of each code; nil when they are broken.
    fileprivate func options(from offset: Int) -> [UInt16: [UInt8]]? {
        var options: [UInt16: [UInt8]] = [:]
        var next = offset
        while count - next >= 4 {
            let code = number(at: next, as: UInt16.self)
            let length = Int(number(at: next + 2, as: UInt16.self))
            if code == 0 { return options }
            let start = next + 4
            guard length <= count - start else { return nil }
            options[code] = Array(self[start..<start + length])
            next = start + (length + 3) / 4 * 4
        }
        return next == count ? options : nil
    }
}
