// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Glibc

/// What a capture's stream becomes: lines, or a file that is whole whenever the stream ends.
final class CaptureReceiver {
    struct Failure {
        var message: String
        /// As sysexits.h has it.
        var status: Int32
    }

    private var reader = PcapngReader()
    /// nil for lines.
    private let output: String?
    private var file: CaptureFile?
    private var text = CaptureText()
    private var frames: UInt64 = 0
    private var missed: UInt64 = 0
    private let showsProgress: Bool
    private(set) var failure: Failure?

    /// - Parameter output: a file's path, `-` for standard output; nil for lines.
    init(output: String?) {
        self.output = output
        showsProgress = output != nil && isatty(STDERR_FILENO) == 1
    }

    /// Takes a piece of the stream; false when there is no use for more.
    func receive(_ piece: [UInt8]) -> Bool {
        do {
            let blocks = try reader.read(piece)
            count(blocks)
            guard let output else {
                Terminal.write(blocks.map { text.line(of: $0) }.joined())
                return true
            }
            if file == nil { file = try CaptureFile(path: output) }
            try file?.add(blocks)
            return true
        } catch let error as CaptureFile.Failure {
            failure = Failure(message: "\(error)", status: error.isOpening ? 73 : 74)
        } catch {
            failure = Failure(message: "what the director sent is no capture", status: 1)
        }
        return false
    }

    /// Writes the file's end.
    func finish() {
        do {
            try file?.finish()
        } catch {
            failure = failure ?? Failure(message: "\(error)", status: 74)
        }
        file = nil
    }

    /// Says how many frames there are, if there was a capture at all.
    func conclude() {
        finish()
        guard !reader.isUntouched else { return }
        if showsProgress { Terminal.write("\r\u{1B}[K", to: STDERR_FILENO) }
        Terminal.write(
            "captured \(Figures.plural(frames, "frame")), \(Figures.grouped(missed)) not captured "
                + "for want of room\n", to: STDERR_FILENO)
    }

    private func count(_ blocks: [PcapngReader.Block]) {
        for block in blocks {
            switch block.content {
            case .packet(let packet): frames += packet.isSent ? 0 : 1
            case .statistics(_, let missed):
                self.missed = missed
                if showsProgress {
                    Terminal.write(
                        "\r\(Figures.plural(frames, "frame")), \(Figures.grouped(missed)) missed",
                        to: STDERR_FILENO)
                }
            case .other: break
            }
        }
    }
}

/// A pcapng file that takes whole blocks, and one block of statistics, as its last.
struct CaptureFile: ~Copyable {
    struct Failure: Error, CustomStringConvertible {
        let isOpening: Bool
        let description: String

        init(isOpening: Bool, _ path: String, _ code: Int32) {
            self.isOpening = isOpening
            let reason = unsafe String(cString: strerror(code))
            description = "cannot \(isOpening ? "make" : "write to") \(path): \(reason)"
        }
    }

    private let path: String
    private let descriptor: Int32
    /// Bytes written, all whole blocks.
    private var length = 0
    private var statistics: [UInt8] = []

    /// Makes a file that its owner alone can read, or takes standard output for `-`.
    init(path: String) throws(Failure) {
        self.path = path
        descriptor =
            path == "-"
            ? STDOUT_FILENO : unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(isOpening: true, path, errno) }
    }

    mutating func add(_ blocks: [PcapngReader.Block]) throws(Failure) {
        var bytes: [UInt8] = []
        for block in blocks {
            if case .statistics = block.content {
                statistics = block.bytes
            } else {
                bytes += block.bytes
            }
        }
        try write(bytes)
    }

    mutating func finish() throws(Failure) {
        try write(statistics)
        statistics = []
    }

    /// All or nothing, where the file can be cut.
    private mutating func write(_ bytes: [UInt8]) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                let code = errno
                ftruncate(descriptor, off_t(length))
                throw Failure(isOpening: false, path, code)
            }
            rest = rest.dropFirst(written)
        }
        length += bytes.count
    }

    deinit {
        if descriptor > STDERR_FILENO { close(descriptor) }
    }
}
