// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A file of the repository, by its path from the top.
struct SourceFile {
    let path: String
    let lines: [Substring]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    var isC: Bool { path.hasSuffix(".c") || path.hasSuffix(".h") }
    var isSwift: Bool { path.hasSuffix(".swift") }

    /// The repository's top: this file is three below it.
    static let top = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// All text below these folders, without hidden folders and what programs wrote.
    static func all(in folders: [String]) throws -> [SourceFile] {
        try folders.flatMap { folder in
            let start = top.appending(path: folder, directoryHint: .isDirectory)
            let found = FileManager.default.enumerator(
                at: start, includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
            let urls = (found?.compactMap { $0 as? URL } ?? []).filter(isText)
            return try urls.map { url in
                let path = folder + "/" + url.path.dropFirst(start.path.count + 1)
                return SourceFile(path: path, text: try String(contentsOf: url, encoding: .utf8))
            }
        }
    }

    private static func isText(_ url: URL) -> Bool {
        let endings = ["swift", "c", "h", "md", "yaml", "json", "service", "modulemap"]
        let isWritten = url.path.contains("/generated/") || url.path.contains("vmlinux")
        return endings.contains(url.pathExtension) && !isWritten
    }
}

/// A function and how many lines it takes, its signature included.
struct Function: Equatable {
    let line: Int
    let length: Int
}

extension SourceFile {
    /// C functions: the formatter puts their braces, and no others, alone in the first column.
    var cFunctions: [Function] {
        var functions: [Function] = []
        var start: Int?
        for (index, line) in lines.enumerated() {
            if line == "{" { start = index }
            guard line == "}", let first = start else { continue }
            functions.append(Function(line: first + 1, length: index - first + 1))
            start = nil
        }
        return functions
    }

    /// Swift functions, initialisers and computed properties: the formatter puts the closing brace
    /// under the first letter of the declaration.
    var swiftFunctions: [Function] {
        lines.indices.compactMap { index in
            guard Self.beginsFunction(lines[index]), let body = bodyStart(from: index) else {
                return nil
            }
            let closing = lines[index].prefix { $0 == " " } + "}"
            guard !lines[body].hasSuffix("}"), let end = lines[body...].firstIndex(of: closing)
            else { return nil }
            return Function(line: index + 1, length: end - index + 1)
        }
    }

    /// The line that opens the body: the first that ends in a brace, before any line that stands
    /// as far left as the declaration and does not continue it. nil for a requirement.
    private func bodyStart(from index: Int) -> Int? {
        let indent = lines[index].prefix { $0 == " " }.count
        for next in lines[index...].indices {
            let line = lines[next]
            if line.hasSuffix("{") || line.hasSuffix("}") { return next }
            guard next > index else { continue }
            let isInside = line.prefix { $0 == " " }.count > indent
            guard isInside || line.dropFirst(indent).hasPrefix(")") else { return nil }
        }
        return nil
    }

    private static let modifiers: Set<Substring> = [
        "public", "package", "internal", "fileprivate", "private", "static", "class", "final",
        "override", "mutating", "consuming", "borrowing", "nonisolated", "isolated", "convenience",
        "required", "private(set)",
    ]

    private static func beginsFunction(_ line: Substring) -> Bool {
        let words = line.split(separator: " ").drop { modifiers.contains($0) || $0.hasPrefix("@") }
        guard let first = words.first else { return false }
        return first == "func" || first == "deinit" || (first == "var" && line.hasSuffix("{"))
            || ["init(", "init?(", "init<", "subscript(", "subscript<"].contains {
                first.hasPrefix($0)
            }
    }
}

extension StringProtocol {
    /// The words of prose and of names: split where letters end and where their case says so, in
    /// small letters: `FlowTable_size` gives flow, table, size.
    var plainWords: [String] {
        var words: [String] = []
        var word = ""
        var last: Character = " "
        for (character, next) in zip(self, Array(dropFirst()) + [" "]) {
            let endsAcronym = last.isUppercase && character.isUppercase && next.isLowercase
            if !character.isLetter || (last.isLowercase && character.isUppercase) || endsAcronym {
                words.append(word)
                word = ""
            }
            if character.isLetter { word += character.lowercased() }
            last = character
        }
        return (words + [word]).filter { !$0.isEmpty }
    }
}
