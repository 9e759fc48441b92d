// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The habits that no compiler and no formatter holds. A finding names file and line.
@Suite("The sources keep the project's habits")
struct TidyTests {
    static let sources = Result { try SourceFile.all(in: ["Sources"]) }
    static let code = Result {
        try SourceFile.all(in: ["Sources", "Tests", "Benchmarks", "Fuzz"]).filter {
            $0.isC || $0.isSwift
        }
    }
    /// Without the rules themselves, which name what they forbid.
    static let ruled = Result {
        try code.get().filter { !$0.path.hasPrefix("Tests/TidyTests/") }
    }

    @Test("there are sources to look at")
    func someSources() throws {
        let sources = try Self.sources.get().map(\.path)
        #expect(sources.contains("Sources/CDataPlane/forward.c"))
        let code = try Self.code.get().map(\.path)
        #expect(code.contains("Tests/TidyTests/TidyTests.swift"))
    }

    @Test("no file of the sources is longer than 400 lines")
    func fileLengths() throws {
        // The description of an interface is one document.
        check(try Self.sources.get().filter { !$0.path.hasSuffix(".json") }, Habits.fileLength)
    }

    @Test("no function is longer than 40 lines of Swift or 70 of C")
    func functionLengths() throws {
        check(try Self.sources.get(), Habits.functionLength)
    }

    @Test("every file of code begins with its licence")
    func licences() throws {
        check(try Self.code.get(), Habits.licence)
    }

    @Test("one word per idea: names and prose speak of real servers, and of nothing vague")
    func words() throws {
        // A manifest speaks the package system's language.
        check(try Self.ruled.get().filter { !$0.path.hasSuffix("/Package.swift") }, Habits.words)
    }

    @Test("nothing is unfinished by its own words, or forced")
    func marks() throws {
        check(try Self.ruled.get(), Habits.marks)
    }

    @Test(
        """
        only the ports, the worker and the flow file make system calls, only creation and destruction \
        allocate
        """)
    func headers() throws {
        check(try Self.sources.get(), Habits.headers)
    }

    @Test("no file speaks of the machine that it was written on")
    func places() throws {
        check(
            try SourceFile.all(in: ["Sources", "Tests", "Benchmarks", "Fuzz", "systemd"]),
            Habits.places)
    }

    private func check(_ files: [SourceFile], _ habit: (SourceFile) -> [String]) {
        let found = files.flatMap(habit)
        #expect(found == [])
    }

    @Test("each habit finds what offends it")
    func findings() {
        func file(_ path: String, _ lines: String...) -> SourceFile {
            SourceFile(path: path, text: lines.joined(separator: "\n"))
        }
        let long = String(repeating: "\n", count: 80)
        #expect(
            Habits.fileLength(file("Sources/a.swift", String(repeating: "x\n", count: 401))) != [])
        #expect(Habits.functionLength(file("a.c", "int f(void)", "{\(long)", "}")) != [])
        #expect(
            Habits.functionLength(
                file("a.swift", "    static func f(", "        a: Int", "    ) {\(long)", "    }"))
                != [])
        #expect(
            Habits.functionLength(
                file("a.swift", "    func f()", "    init?(a: B) {\(long)", "    }")) != [])
        #expect(Habits.licence(file("a.swift", "import A")) != [])
        #expect(
            Habits.licence(file("Package.swift", "// swift-tools-version: 6.2", Habits.spdx)) == [])
        #expect(Habits.words(file("a.swift", "let realBackends = 1")) != [])
        #expect(Habits.words(file("a/FlowUtils.swift", "")) != [])
        #expect(Habits.words(file("a.swift", "uncommon, FileManager, POOLED")) == [])
        #expect(Habits.marks(file("a.swift", "// TODO: x")) != [])
        #expect(Habits.marks(file("a.swift", "let a = try! b()")) != [])
        #expect(Habits.headers(file("Sources/CDataPlane/vip.c", "#include <unistd.h>")) != [])
        #expect(Habits.headers(file("Sources/CDataPlane/flow.c", "#include <stdlib.h>")) != [])
        #expect(Habits.headers(file("Sources/CDataPlane/worker.c", "#include <unistd.h>")) == [])
        #expect(Habits.places(file("a.yaml", "x: \(SourceFile.top.path)/x")) != [])
    }
}

/// Each habit tells what in a file offends it.
enum Habits {
    static let spdx = "// SPDX-License-Identifier: Apache-2.0"

    static func fileLength(_ file: SourceFile) -> [String] {
        file.lines.count <= 401 ? [] : ["\(file.path): \(file.lines.count - 1) lines"]
    }

    static func functionLength(_ file: SourceFile) -> [String] {
        let (functions, longest) = file.isC ? (file.cFunctions, 70) : (file.swiftFunctions, 40)
        return functions.filter { $0.length > longest }.map {
            "\(file.path):\($0.line): a function of \($0.length) lines"
        }
    }

    static func licence(_ file: SourceFile) -> [String] {
        let first = file.lines.drop { $0.hasPrefix("// swift-tools-version:") }.first
        return first.map(String.init) == spdx ? [] : ["\(file.path): no SPDX line at its top"]
    }

    /// Words that blur what the project's own words say, as they stand in the singular.
    private static let vague: Set<String> = [
        "backend", "upstream", "node", "pool", "target", "manager", "helper", "util", "utils",
        "common", "misc",
    ]

    /// What others named so, and plain English.
    private static let borrowed = [
        "ARP_TARGET",  // RFC 826: the target protocol address
        "FileManager",
        "service manager",  // systemd's name for itself
        "bpf_helpers", "common divisor", "util-linux",
        "misc_", "MISC_",  // keepalived: misc_check and its words
        ": Node",  // Yams'
    ]

    static func words(_ file: SourceFile) -> [String] {
        ([file.path[...]] + file.lines).enumerated().compactMap { index, line in
            let own = borrowed.reduce(String(line)) { $0.replacing($1, with: " ") }
            let word = own.plainWords.first {
                vague.contains($0) || ($0.hasSuffix("s") && vague.contains(String($0.dropLast())))
            }
            return word.map { "\(file.path):\(index): the word \"\($0)\"" }
        }
    }

    static func marks(_ file: SourceFile) -> [String] {
        find(in: file) { line in
            let words = line.split { !$0.isLetter }
            let calls = [
                "try!", "as!", "fatalError(\"", "@unchecked Sendable", "nonisolated(unsafe)",
            ]
            return ["TODO", "FIXME", "XXX", "HACK"].first { words.contains($0[...]) }
                ?? calls.first { line.contains($0) }
        }
    }

    /// Headers without a system call in them.
    private static let pure: Set<String> = [
        "arpa/inet.h", "errno.h", "inttypes.h", "limits.h", "linux/icmp.h", "linux/if_arp.h",
        "linux/if_ether.h", "linux/if_packet.h", "netinet/in.h", "stdatomic.h", "stdbool.h",
        "stddef.h", "stdint.h", "string.h",
    ]
    /// Beside the ports the only places for system calls.
    private static let calling: Set<String> = [
        "flow_file.c", "flow_look.c", "flow_map.c", "flow_origin.c", "flow_restore.c", "worker.c",
        "worker.h",
    ]
    /// Those that create and destroy.
    private static let allocating: Set<String> = [
        "capture.c", "counter.c", "explain.c", "flow_table.c", "forwarder.c", "fragment.c",
        "slot_table.c", "snapshot.c", "snapshot_ports.c",
    ]

    static func headers(_ file: SourceFile) -> [String] {
        let parts = file.path.split(separator: "/")
        guard parts.starts(with: ["Sources", "CDataPlane"]), let name = parts.last,
            !["ports", "bpf"].contains(parts[2]), !calling.contains(String(name))
        else { return [] }
        return find(in: file) { line in
            guard line.hasPrefix("#include <") else { return nil }
            let header = String(line.dropFirst(10).prefix { $0 != ">" })
            let mayAllocate = allocating.contains(String(name)) && header == "stdlib.h"
            return pure.contains(header) || mayAllocate ? nil : header
        }
    }

    static func places(_ file: SourceFile) -> [String] {
        let homes = ["home", "Users"].map { "/\($0)/" }
        return find(in: file) { line in
            ([SourceFile.top.path + "/"] + homes).first { line.contains($0) }
        }
    }

    private static func find(
        in file: SourceFile, _ offence: (Substring) -> String?
    ) -> [String] {
        file.lines.enumerated().compactMap { index, line in
            offence(line).map { "\(file.path):\(index + 1): \($0)" }
        }
    }
}
