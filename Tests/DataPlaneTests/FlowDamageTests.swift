// SPDX-License-Identifier: Apache-2.0

import DataPlane
import Foundation
import LVSModel
import Testing

/// A flow file of which not every byte is right is set aside whole.
@Suite struct FlowDamageTests {
    private let folder: FlowFolder
    private let sound: FlowImage

    init() throws {
        folder = try FlowFolder()
        do {
            var plane = try MemoryDataPlane(flowFile: folder.file)
            try plane.publish(FlowFileTests.table)
            for port in UInt16(1000)..<1040 {
                try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: port))
                try plane.push(Frame.ethernet().ipv4().udp(from: port))
            }
            _ = plane.run()
        }
        sound = try FlowImage(folder.file)
        try sound.write(to: folder.file)
    }

    private func origin() throws -> FlowOrigin {
        try MemoryDataPlane(flowFile: folder.file).flowOrigin
    }

    /// Opens the image; it must be set aside, and nothing of it be believed. Returns why.
    private func damage(
        _ image: FlowImage, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String? {
        try image.write(to: folder.file)
        let origin = try origin()
        #expect(origin.restored == 0, sourceLocation: sourceLocation)
        #expect(origin.kept == [], sourceLocation: sourceLocation)
        #expect(origin.file == folder.file, sourceLocation: sourceLocation)
        #expect(origin.setAside == folder.damaged, sourceLocation: sourceLocation)
        // Compared beforehand: nobody wants to read all those bytes.
        let isWhole = try FlowImage.read(folder.damaged) == image.bytes
        #expect(isWhole, sourceLocation: sourceLocation)
        return origin.damage
    }

    @Test("the image that the others vary is sound")
    func soundImage() throws {
        #expect(sound.flowLines.count == 80)
        let origin = try origin()
        #expect(origin.damage == nil)
        #expect(origin.restored == 80)
        #expect(origin.kept.map(\.index) == [5, 6, 7, 8, 17, 18])
    }

    @Test("each byte of the header counts")
    func headerBytes() throws {
        for index in 0..<FlowImage.headerSize {
            var image = sound
            image.bytes[index] ^= 1 << (index % 8)
            #expect(try damage(image) != nil, "byte \(index)")
        }
    }

    /// A header that checks out, but for one thing.
    private static let headers: [(FlowImage.Field, UInt64, Int, String)] = [
        (.magic, 0, 64, "no flow table"), (.version, 2, 32, "another version"),
        (.version, 0, 32, "another version"), (.lineSize, 128, 32, "damaged"),
        (.nameSize, 64, 32, "damaged"), (.nameCount, 131_073, 32, "range"),
        (.nameCount, .max, 32, "range"), (.nameCount, 126, 32, "size"), (.window, 0, 64, "range"),
        (.window, 65, 64, "size"), (.window, .max, 64, "range"), (.lineCount, 0, 64, "range"),
        (.lineCount, 2047, 64, "size"), (.lineCount, .max, 64, "range"),
        (.lineCount, 1 << 58, 64, "range"), (.bootID, 0, 64, "started"),
    ]

    @Test("a header that is sound in itself must fit this lvsdrd, this boot and this file")
    func headers() throws {
        for (field, value, bits, words) in Self.headers {
            var image = sound
            if bits == 32 {
                image.set(field, to: UInt32(truncatingIfNeeded: value))
            } else {
                image.set(field, to: value)
            }
            #expect(try damage(image)?.contains(words) == true, "\(field) \(value)")
        }
    }

    @Test("a file that was cut, or grew, is not trusted")
    func truncation() throws {
        let size = sound.bytes.count
        for length in [0, 1, 127, 128, 129, 4096, size / 2, size - 64, size - 1] {
            var image = sound
            image.bytes.removeLast(size - length)
            #expect(try damage(image) != nil, "\(length) bytes")
        }
        var image = sound
        image.bytes.append(0)
        #expect(try damage(image) != nil)
    }

    @Test("a foreign file is set aside as it was")
    func foreign() throws {
        var image = sound
        image.bytes = Array("interface: eth0\nservices: []\n".utf8)
        #expect(try damage(image)?.contains("short") == true)
        image.bytes = [UInt8](repeating: 0x41, count: 100_000)
        #expect(try damage(image)?.contains("no flow table") == true)
    }

    /// What is done to a line's bytes, and the word that tells it.
    private static let lines: [(Int, UInt8, String)] = [
        (0, 0x0F, "state"),  // of the state's four bits those that are clear
        (1, 0x10, "belongs"), (8 + 10, 0x01, "belongs"), (8 + 32, 0x01, "belongs"),
        (8 + 36, 0x01, "belongs"), (5, 0x40, "real server"), (7, 0x80, "real server"),
    ]

    @Test("a line that can not be a flow's tells of damage")
    func lines() throws {
        for (offset, bits, words) in Self.lines {
            for line in [sound.flowLines[0], sound.flowLines[79]] {
                var image = sound
                if words == "state" {
                    image.bytes[image.line(line)] |= bits
                } else {
                    image.bytes[image.line(line) + offset] ^= bits
                }
                #expect(
                    try damage(image)?.contains(words) == true, "byte \(offset) of line \(line)")
            }
        }
    }

    @Test("a flow that stands elsewhere, or twice, tells of damage")
    func places() throws {
        let line = sound.flowLines[0]
        let flow = sound.bytes[sound.line(line)..<sound.line(line + 1)]
        var twice = sound
        let free = try #require(
            (line + 1..<line + 20).first { twice.bytes[twice.line($0)] & 0xF == 0 })
        twice.bytes.replaceSubrange(twice.line(free)..<twice.line(free + 1), with: flow)
        #expect(try damage(twice)?.contains("twice") == true)
        var astray = sound
        let far = (line + 200) % 2048
        astray.bytes.replaceSubrange(astray.line(far)..<astray.line(far + 1), with: flow)
        #expect(try damage(astray)?.contains("belongs") == true)
    }

    @Test("each byte of a real server's name counts, and whose name it is")
    func names() throws {
        for offset in 0..<FlowImage.nameSize {
            var image = sound
            image.bytes[image.name(5) + offset] ^= 0x10
            #expect(try damage(image)?.contains("does not know") == true, "byte \(offset)")
        }
        var image = sound
        let other = sound.bytes[sound.name(6)..<sound.name(7)]
        image.bytes.replaceSubrange(image.name(5)..<image.name(6), with: other)
        #expect(try damage(image)?.contains("does not know") == true)
        image.sealName(5)
        #expect(try damage(image)?.contains("two indexes") == true)
    }

    @Test("a flow of another service than its real server's tells of damage")
    func otherService() throws {
        for (offset, value) in [(15, UInt8(101)), (34, 17)] {
            var image = sound
            image.bytes[image.name(5) + offset] = value
            image.sealName(5)
            #expect(try damage(image)?.contains("another service") == true)
        }
        var image = sound
        image.bytes[image.name(5) + 34] = 1
        image.sealName(5)
        #expect(try damage(image)?.contains("does not know") == true)
    }

    @Test("a damaged name that no flow needs does no harm")
    func unusedName() throws {
        var image = sound
        image.bytes[image.name(100)] = 0xFF
        try image.write(to: folder.file)
        #expect(try origin().restored == 80)
    }

    @Test("a line that was being written when the process was killed is skipped")
    func busy() throws {
        var image = sound
        for line in sound.flowLines.prefix(3) {
            let control = image.line(line)
            image.bytes[control] = image.bytes[control] & 0xF0 | 1
            image.bytes[control + 8] ^= 0xFF
        }
        try image.write(to: folder.file)
        let origin = try origin()
        #expect(origin.damage == nil)
        #expect(origin.restored == 77)
    }

    @Test("a link, a pipe, a folder and another user's file are refused")
    func otherKinds() throws {
        let elsewhere = folder.path + "/elsewhere"
        try sound.write(to: elsewhere)
        let files = FileManager.default
        let kinds: [(String, (String) throws -> Void)] = [
            (
                "link",
                { try files.createSymbolicLink(atPath: $0, withDestinationPath: elsewhere) }
            ),
            ("regular", { _ = unsafe mkfifo($0, 0o600) }),
            (
                "another user",
                {
                    try self.sound.write(to: $0)
                    try #require(unsafe chown($0, 1, 1) == 0)
                }
            ),
            (
                "regular",
                { try files.createDirectory(atPath: $0, withIntermediateDirectories: false) }
            ),
        ]
        for (word, make) in kinds where word != "another user" || geteuid() == 0 {
            try? files.removeItem(atPath: folder.file)
            try? files.removeItem(atPath: folder.damaged)
            try make(folder.file)
            let origin = try origin()
            #expect(origin.damage?.contains(word) == true)
            #expect(origin.restored == 0)
            #expect(origin.file == folder.file)
        }
        let isUntouched = try FlowImage.read(elsewhere) == sound.bytes
        #expect(isUntouched)
    }

    @Test("whatever bytes change, no flow goes to a real server without a name")
    func randomBytes() throws {
        var random = SplitMix(seed: 20_261_122)
        let used = sound.usedBytes
        let names = Set(try origin().kept)
        var damaged = 0
        for _ in 0..<300 {
            var image = sound
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let anywhere = Int.random(in: 0..<image.bytes.count, using: &random)
                let index =
                    Bool.random(using: &random) ? anywhere : used.randomElement(using: &random)
                image.bytes[index ?? anywhere] ^= UInt8.random(in: 1...255, using: &random)
            }
            try image.write(to: folder.file)
            var plane = try MemoryDataPlane(flowFile: folder.file)
            try plane.publish(FlowFileTests.table)
            let counters = plane.counters()
            let counted = counters.realServers.values.reduce(0) {
                $0 + $1.flows.active + $1.flows.inactive
            }
            #expect(counters.flows == plane.flowOrigin.restored)
            #expect(UInt64(counted) == counters.flows)
            #expect(names.isSuperset(of: plane.flowOrigin.kept))
            #expect(counters.flows <= 80)
            if plane.flowOrigin.damage != nil {
                damaged += 1
                #expect(counters.flows == 0)
            }
        }
        #expect((50..<300).contains(damaged))
    }
}
