// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// Turns captured frames into a pcapng file, piece by piece; the file is whole after each piece.
///
/// Verdict, reason and real server of a frame are its comment, such as
/// `TX scheduled 192.168.142.5:80` or `DROP no-flow`. Whether it came in or went out is in its
/// flags. An interface is described before its first frame.
public struct PcapngWriter: Sendable {
    private let snapLength: Int
    private var interfaces: [String] = []

    /// - Parameter snapLength: bytes kept of a packet, as the interfaces' descriptions say.
    public init(snapLength: Int) {
        self.snapLength = snapLength
    }

    /// The file's beginning; once, before everything else.
    public func header() -> [UInt8] {
        PcapngBytes.block(Pcapng.Block.section) { block in
            block.append(Pcapng.byteOrderMagic)
            block.append(UInt16(1))  // version 1.0
            block.append(UInt16(0))
            block.append(Int64(-1))  // the section's length is not known
            block.append(option: Pcapng.Option.application, Array("lvsdr \(Version.current)".utf8))
            block.appendEndOfOptions()
        }
    }

    /// A frame.
    public mutating func packet(_ frame: CapturedFrame) -> [UInt8] {
        let (index, description) = describe(frame.interface)
        return description
            + PcapngBytes.block(Pcapng.Block.packet) { block in
                block.append(index)
                block.append(time: frame.time)
                block.append(UInt32(frame.bytes.count))
                block.append(frame.length)
                block.append(padded: frame.bytes)
                block.append(
                    option: Pcapng.Option.packetFlags,
                    frame.isSent ? Pcapng.outbound : Pcapng.inbound)
                block.append(option: Pcapng.Option.comment, Array(frame.comment.utf8))
                block.appendEndOfOptions()
            }
    }

    /// What became of the capture until now: frames captured, and frames that found no room.
    ///
    /// - Parameters:
    ///   - time: nanoseconds since 1970.
    ///   - interface: that all frames came in by.
    public mutating func statistics(
        at time: UInt64, interface: String, captured: UInt64, missed: UInt64
    ) -> [UInt8] {
        let (index, description) = describe(interface)
        return description
            + PcapngBytes.block(Pcapng.Block.statistics) { block in
                block.append(index)
                block.append(time: time)
                block.append(option: Pcapng.Option.received, captured + missed)
                block.append(option: Pcapng.Option.dropped, missed)
                block.appendEndOfOptions()
            }
    }

    /// The interface's number, and its description when it is new.
    private mutating func describe(_ interface: String) -> (index: UInt32, block: [UInt8]) {
        if let index = interfaces.firstIndex(of: interface) { return (UInt32(index), []) }
        interfaces.append(interface)
        let block = PcapngBytes.block(Pcapng.Block.interface) { block in
            block.append(Pcapng.ethernet)
            block.append(UInt16(0))
            block.append(UInt32(snapLength))
            block.append(option: Pcapng.Option.interfaceName, Array(interface.utf8))
            block.append(option: Pcapng.Option.timeResolution, [Pcapng.nanoseconds])
            block.appendEndOfOptions()
        }
        return (UInt32(interfaces.count - 1), block)
    }
}

extension CapturedFrame {
    /// Verdict, reason, and the real server if one was picked, with blanks in between.
    fileprivate var comment: String {
        "\(verdict.rawValue) \(reason)" + (realServer.map { " \($0)" } ?? "")
    }
}
