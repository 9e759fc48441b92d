// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A folder of its own for a flow file, in memory where that can be; it goes with this.
final class FlowFolder {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appending(path: "lvsdr-flows-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    var file: String { path + "/flows" }
    var damaged: String { path + "/flows.damaged" }
    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }
}

/// A flow file's bytes, to be changed by tests; with fewer names than the original, to be smaller. The
/// layout is that of flow_file.h.
struct FlowImage {
    static let headerSize = 128
    static let nameSize = 48
    static let lineSize = 64
    static let nameCount = 128
    private static let linesStart = headerSize + nameCount * nameSize

    /// Where a header's field begins.
    enum Field: Int {
        case magic = 0
        case version = 8
        case lineSize = 12
        case nameSize = 16
        case nameCount = 20
        case window = 24
        case lineCount = 32
        case bootID = 56
    }

    var bytes: [UInt8]

    init(_ path: String) throws {
        bytes = try Self.read(path)
        bytes.removeSubrange(Self.linesStart..<Self.headerSize + 131_072 * Self.nameSize)
        set(.nameCount, to: UInt32(Self.nameCount))
    }

    static func read(_ path: String) throws -> [UInt8] {
        // Data(contentsOf:) leaks where the file is empty.
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        return [UInt8](try file.readToEnd() ?? Data())
    }

    func write(to path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }

    /// Writes a header's field; the check value then fits again.
    mutating func set(_ field: Field, to value: some FixedWidthInteger) {
        bytes.replaceSubrange(
            field.rawValue..<field.rawValue + value.bitWidth / 8, with: value.bytes.reversed())
        seal(from: 0, to: Self.headerSize, seed: 0)
    }

    /// Where a real server's name begins.
    func name(_ index: Int) -> Int { Self.headerSize + index * Self.nameSize }

    /// Makes the name's check value fit.
    mutating func sealName(_ index: Int) {
        seal(from: name(index), to: name(index + 1), seed: UInt64(index) + 1)
    }

    /// Where a line begins.
    func line(_ index: Int) -> Int { Self.linesStart + index * Self.lineSize }

    /// The lines in which flows stand.
    var flowLines: [Int] {
        (0..<(bytes.count - Self.linesStart) / Self.lineSize).filter {
            bytes[line($0)] & 0xF > 1
        }
    }

    /// Bytes in which something stands that matters: the header, and names and lines in use.
    var usedBytes: [Int] {
        let names = (0..<Self.nameCount).filter { bytes[name($0) + 34] != 0 }
        return Array(0..<Self.headerSize)
            + names.flatMap { name($0)..<name($0 + 1) }
            + flowLines.flatMap { line($0)..<line($0 + 1) }
    }

    /// FNV-1a over all but the last eight bytes, which take it.
    private mutating func seal(from start: Int, to end: Int, seed: UInt64) {
        let sum = bytes[start..<end - 8].reduce(0xCBF2_9CE4_8422_2325 ^ seed) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        bytes.replaceSubrange(end - 8..<end, with: sum.bytes.reversed())
    }
}
