// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Reads a file whole: a regular one, bounded, valid UTF-8.
enum FileText {
    static func read(path: String) throws(ConfigurationError) -> String {
        // O_NONBLOCK: a FIFO at this path shall be refused, not waited for.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw refusal(of: path, errno: errno) }
        defer { close(descriptor) }
        try checkKind(descriptor, path: path)
        return try UTF8Text.decode(bytes(descriptor, path: path), file: path)
    }

    /// The sentence for a system error at opening or reading.
    static func refusal(of path: String, errno code: Int32) -> ConfigurationError {
        let (found, hint): (String, String?) =
            switch code {
            case ENOENT, ENOTDIR: ("no such file", "name it with --config")
            case EACCES, EPERM: ("permission to read the file is missing", nil)
            case EISDIR: ("it is a folder", nil)
            default: ("the file can not be read: \(unsafe String(cString: strerror(code)))", nil)
            }
        return error(path, found, hint: hint)
    }

    private static func checkKind(_ descriptor: Int32, path: String) throws(ConfigurationError) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw refusal(of: path, errno: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: throw refusal(of: path, errno: EISDIR)
        default: throw error(path, "it is no regular file")
        }
    }

    private static func bytes(
        _ descriptor: Int32, path: String
    ) throws(ConfigurationError) -> [UInt8] {
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while content.count <= ConfigurationFile.maximumSize {
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return content }
            if count > 0 {
                content += chunk[..<count]
            } else if errno != EINTR {
                throw refusal(of: path, errno: errno)
            }
        }
        throw error(path, "the file is larger than \(ConfigurationFile.maximumSize >> 20) MiB")
    }

    private static func error(
        _ path: String, _ found: String, hint: String? = nil
    ) -> ConfigurationError {
        ConfigurationError(
            file: path, position: nil, found: found,
            expected: "a readable YAML file of at most \(ConfigurationFile.maximumSize >> 20) MiB",
            hint: hint)
    }
}

/// Bytes that must be UTF-8.
enum UTF8Text {
    static func decode(_ bytes: [UInt8], file: String) throws(ConfigurationError) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes.span))
        } catch {
            let before = bytes[..<error.byteOffsets.lowerBound]
            let line = before.count { $0 == UInt8(ascii: "\n") } + 1
            let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
            throw ConfigurationError(
                file: file, position: Position(line: line, column: column),
                found: "a byte that is not UTF-8", expected: "text in UTF-8")
        }
    }
}
