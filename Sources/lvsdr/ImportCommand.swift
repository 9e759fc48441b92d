// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Glibc
import IPVSCompatibility
import LVSConfiguration

/// `lvsdr import`.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a configuration file of another program's.",
        discussion: """
            EXAMPLES
              lvsdr import keepalived /etc/keepalived/keepalived.conf > lvsdr.yaml
            """,
        subcommands: [ImportKeepalivedCommand.self])
}

/// `lvsdr import keepalived`.
struct ImportKeepalivedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keepalived",
        abstract: "Make a configuration file of keepalived's virtual servers.",
        discussion: """
            Prints the configuration, with a comment for each thing that it could not carry over. \
            Included files and variables are followed.

            Checks ask the VIP through the real server's MAC address, the way of a client's packet; \
            keepalived asks the real server's own address: say `via: rip` for that.

            EXAMPLES
              lvsdr import keepalived /etc/keepalived/keepalived.conf > lvsdr.yaml
              lvsdrd --check --config lvsdr.yaml
            """)

    @Argument(help: "keepalived's configuration file.")
    var file: String

    func run() throws {
        guard let text = Self.read(file) else {
            Terminal.write(
                "lvsdr: cannot read \(file): \(unsafe String(cString: strerror(errno)))\n",
                to: STDERR_FILENO)
            throw ExitCode(66)
        }
        let result: KeepalivedImport
        do {
            result = try KeepalivedImport(text, file: file, files: Self.files)
        } catch {
            Terminal.write("lvsdr: \(error)\n", to: STDERR_FILENO)
            throw ExitCode(65)
        }
        var lines = ["# Made of \(file)."]
        if !result.notes.isEmpty {
            lines.append("# What it could not carry over, or you should look at:")
        }
        lines += result.notes.map { "#   \($0)" }
        Terminal.write(lines.map { $0 + "\n" }.joined())
        Terminal.write(ConfigurationText.write(result.settings))
    }

    /// At most 16 MiB; nil when it is no text, or none that can be read.
    private static func read(_ path: String) -> String? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let size = attributes?[.size] as? UInt64 ?? nil, size <= 16 << 20 else { return nil }
        return try? String(contentsOfFile: path, encoding: .utf8)
    }

    /// The files that an `include` names; a pattern without a slash at its beginning is relative to
    /// the file that includes.
    private static func files(_ pattern: String, from: String) -> [(path: String, text: String)] {
        let folder = from.lastIndex(of: "/").map { from[...$0] } ?? ""
        let pattern = pattern.hasPrefix("/") ? pattern : folder + pattern
        var found = unsafe glob_t()
        defer { unsafe globfree(&found) }
        guard unsafe glob(pattern, 0, nil, &found) == 0 else { return [] }
        return unsafe (0..<Int(found.gl_pathc)).compactMap { index in
            guard let start = unsafe found.gl_pathv[index] else { return nil }
            let path = unsafe String(cString: start)
            return read(path).map { (path, $0) }
        }
    }
}
