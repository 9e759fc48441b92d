// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel

/// Looks whether a file is there, and at the number in it.
struct FileProbe: Sendable {
    /// Longer ones are no number.
    private static let longest = 64

    /// Returns after the question's time at the latest, however slow the disk is.
    func run(_ check: FileCheck, _ question: ProbeQuestion) async -> CheckOutcome {
        let look = BlockingCall { self.look(at: check) }
        return await look.value(within: question.timeout) ?? question.silence
    }

    /// Reads at most 65 bytes, and of a regular file only: no other process can let it wait.
    private func look(at check: FileCheck) -> CheckOutcome {
        let file = unsafe open(check.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return .failed("\(check.path): \(reason())") }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { return .failed("\(check.path): \(reason())") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            return .failed("\(check.path) is no regular file")
        }
        let text = unsafe [UInt8](unsafeUninitializedCapacity: Self.longest + 1) { bytes, count in
            count = unsafe max(0, read(file, bytes.baseAddress, bytes.count))
        }
        let words = text.split { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard let word = words.first else { return .passed(weight: nil) }
        let isNumber = word.allSatisfy { (0x30...0x39).contains($0) }
        guard words.count == 1, isNumber,
            let weight = UInt16(String(decoding: word, as: UTF8.self))
        else {
            return .failed(
                "\(check.path) has \(Wording.quote(text)), expected nothing or a weight of 0...65535"
            )
        }
        return .passed(weight: weight)
    }

    private func reason() -> String {
        unsafe String(cString: strerror(errno))
    }
}
