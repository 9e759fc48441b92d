// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import LVSConfiguration
import LVSModel
import Testing

@testable import lvsdrd

@Suite("Saving the configuration file")
struct ConfigurationStoreTests {
    private static let before = DirectorSettings(interface: "eth0", services: [])
    private static let after = DirectorSettings(interface: "eth1", services: [])

    /// With some 60 KB of text.
    private static var large: DirectorSettings {
        let services = (1...1_000).map { port in
            VirtualService(
                address: ServiceAddress(
                    address: IPAddress(ipv4: 0xC0A8_8E64), port: port, transport: .tcp),
                scheduler: .rr)
        }
        return DirectorSettings(interface: "eth1", services: services)
    }

    private func withFolder<Value>(
        _ body: (_ folder: String) async throws -> Value
    ) async throws -> Value {
        let folder = "/tmp/lvsdrd-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }

    private static func content(_ path: String) -> String? {
        try? String(contentsOfFile: path, encoding: .utf8)
    }

    private static func attributes(_ path: String) throws -> [FileAttributeKey: Int] {
        let all = try FileManager.default.attributesOfItem(atPath: path)
        return [.posixPermissions, .ownerAccountID, .groupOwnerAccountID].reduce(into: [:]) {
            $0[$1] = (all[$1] as? NSNumber)?.intValue
        }
    }

    /// Why it is not saved.
    private static func refusal(_ path: String, _ settings: DirectorSettings) -> String? {
        do throws(ConfigurationStore.SaveError) {
            _ = try ConfigurationStore(path: path).save(settings)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("what is saved is what is read, and the file of before is kept")
    func saved() async throws {
        try await withFolder { folder in
            let path = folder + "/lvsdr.yaml"
            let store = ConfigurationStore(path: path)
            #expect(try store.save(Self.before) == nil)
            #expect(try store.save(Self.after) == path + ".old")
            #expect(try store.read() == Self.after)
            #expect(try ConfigurationFile.read(path: path + ".old") == Self.before)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names == ["lvsdr.yaml", "lvsdr.yaml.old"])
        }
    }

    @Test("mode, owner and group of the file stay", .enabled("needs root") { getuid() == 0 })
    func attributes() async throws {
        try await withFolder { folder in
            let path = folder + "/lvsdr.yaml"
            _ = try ConfigurationStore(path: path).save(Self.before)
            #expect(unsafe chmod(path, 0o660) == 0)
            #expect(unsafe chown(path, 12, 34) == 0)
            _ = try ConfigurationStore(path: path).save(Self.after)
            #expect(
                try Self.attributes(path) == [
                    .posixPermissions: 0o660, .ownerAccountID: 12, .groupOwnerAccountID: 34,
                ])
        }
    }

    @Test("a symbolic link stays, and what it leads to is written")
    func link() async throws {
        try await withFolder { folder in
            let (path, place) = (folder + "/lvsdr.yaml", folder + "/kept/cluster.yaml")
            let files = FileManager.default
            try files.createDirectory(
                atPath: folder + "/kept", withIntermediateDirectories: false)
            try files.createSymbolicLink(atPath: path, withDestinationPath: "kept/cluster.yaml")
            let refusal = try #require(Self.refusal(path, Self.after))
            #expect(refusal.hasPrefix("cannot follow \(path): No such file"))
            _ = try ConfigurationStore(path: place).save(Self.before)
            #expect(
                try ConfigurationStore(path: path).save(Self.after)?.hasSuffix(".yaml.old") == true)
            #expect(try files.destinationOfSymbolicLink(atPath: path) == "kept/cluster.yaml")
            #expect(try ConfigurationFile.read(path: place) == Self.after)
            #expect(try ConfigurationFile.read(path: place + ".old") == Self.before)
        }
    }

    @Test("what can not be read back is refused, and the file is as it was")
    func unreadable() async throws {
        try await withFolder { folder in
            let path = folder + "/lvsdr.yaml"
            _ = try ConfigurationStore(path: path).save(Self.before)
            let text = Self.content(path)
            let refusal = try #require(
                Self.refusal(path, DirectorSettings(interface: "", services: [])))
            #expect(refusal.hasPrefix("what is running can not be said in a file: "))
            #expect(refusal.hasSuffix("; \(path) is as it was"))
            #expect(Self.content(path) == text)
            #expect(!FileManager.default.fileExists(atPath: path + ".new"))
        }
    }

    @Test("a folder that is not there, and what is no file, are refused")
    func places() async throws {
        try await withFolder { folder in
            let missing = try #require(Self.refusal(folder + "/none/lvsdr.yaml", Self.after))
            #expect(missing.contains("cannot make \(folder)/none/lvsdr.yaml.new: No such file"))
            let itself = try #require(Self.refusal(folder, Self.after))
            #expect(itself == "\(folder) is no regular file, and is not replaced by one")
        }
    }

    @Test(
        "on a full disk, and on one that is read only, the file is as it was",
        .enabled("needs root") { getuid() == 0 })
    func disks() async throws {
        try await withFolder { folder in
            let path = folder + "/lvsdr.yaml"
            try await inMountNamespace("mount -t tmpfs -o size=16k tmpfs \(folder)") {
                _ = try ConfigurationStore(path: path).save(Self.before)
                let text = Self.content(path)
                let full = try #require(Self.refusal(path, Self.large))
                #expect(full.hasPrefix("cannot write \(path).new: No space left on device; "))
                #expect(!FileManager.default.fileExists(atPath: path + ".new"))
                #expect(Self.content(path) == text)
                // What was left takes no room: a small one can be saved.
                #expect(Self.refusal(path, Self.after) == nil)
            }
            try await inMountNamespace(
                "mount -t tmpfs tmpfs \(folder); touch \(path); mount -o remount,ro \(folder)"
            ) {
                let readOnly = try #require(Self.refusal(path, Self.after))
                #expect(readOnly.hasPrefix("cannot make \(path).new: Read-only file system; "))
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }
}
