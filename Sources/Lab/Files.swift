// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// The few things that a lab does with files.
enum Files {
    static func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    /// - Precondition: its parent exists and it does not.
    static func makeFolder(_ path: String) throws(LabError) {
        guard unsafe mkdir(path, 0o755) == 0 else {
            throw .system(operation: "make \(path)", errno: errno)
        }
    }

    static func write(_ text: String, to path: String) throws(LabError) {
        try write(Array(text.utf8), to: path)
    }

    static func write(_ bytes: [UInt8], to path: String) throws(LabError) {
        try attempt("write \(path)") {
            let file = try open(path, [.create, .truncate])
            try file.closeAfter { _ = try file.writeAll(bytes) }
        }
    }

    /// Opens it for writing; it is made where it does not exist.
    static func open(
        _ path: String, _ options: FileDescriptor.OpenOptions
    ) throws(Errno) -> FileDescriptor {
        do {
            return try FileDescriptor.open(
                FilePath(path), .writeOnly, options: options.union(.closeOnExec),
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch {
            throw error as? Errno ?? .ioError
        }
    }

    /// The first `limit` bytes.
    static func read(_ path: String, limit: Int) throws(LabError) -> String {
        try attempt("read \(path)") {
            let file = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
            return try file.closeAfter { try text(of: file, limit: limit) }
        }
    }

    /// The last `limit` bytes.
    static func readEnd(of path: String, limit: Int) throws(LabError) -> String {
        try attempt("read \(path)") {
            let file = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
            return try file.closeAfter {
                let size = try file.seek(offset: 0, from: .end)
                try file.seek(offset: max(0, size - Int64(limit)), from: .start)
                return try text(of: file, limit: limit)
            }
        }
    }

    /// The names of what is in a folder; empty where there is none.
    static func list(_ path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            names.append(
                unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                    unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }

    private static func text(of file: FileDescriptor, limit: Int) throws -> String {
        var bytes = [UInt8](repeating: 0, count: limit)
        var count = 0
        while count < limit {
            let got = try unsafe bytes.withUnsafeMutableBytes {
                try unsafe file.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[count...]))
            }
            guard got > 0 else { break }
            count += got
        }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    private static func attempt<Value>(
        _ operation: String, _ body: () throws -> Value
    ) throws(LabError) -> Value {
        do {
            return try body()
        } catch {
            throw .system(operation: operation, errno: (error as? Errno)?.rawValue ?? EIO)
        }
    }
}
