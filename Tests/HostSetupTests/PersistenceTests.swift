// SPDX-License-Identifier: Apache-2.0

import Foundation
import LVSModel
import Testing

@testable import HostSetup

struct PersistenceTests {
    @Test("what a boot needs is written, follows the VIPs, and goes again")
    func files() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: root) }
        let vips = try [#require(IPAddress("192.0.2.1")), #require(IPAddress("192.0.2.2"))]
        let persistence = Persistence(root: root)
        try persistence.keep(Requirement.realServer(vips: vips), vips: vips)
        #expect(!FileManager.default.fileExists(atPath: persistence.addressesPath))

        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: true)
        try persistence.write(Requirement.realServer(vips: vips), vips: vips)
        #expect(
            try text(persistence.settingsPath) == [
                "net.ipv4.conf.all.arp_ignore = 1", "net.ipv4.conf.all.arp_announce = 2",
                "net.ipv4.conf.lo.arp_ignore = 1", "net.ipv4.conf.lo.arp_announce = 2",
            ])
        #expect(
            try text(persistence.addressesPath)
                == ["LVSDR_VIPS=\"--vip 192.0.2.1 --vip 192.0.2.2\""])
        try persistence.keep(Requirement.realServer(vips: [vips[1]]), vips: [vips[1]])
        #expect(try text(persistence.addressesPath) == ["LVSDR_VIPS=\"--vip 192.0.2.2\""])
        #expect(try persistence.remove())
        #expect(try !persistence.remove())
    }

    /// The lines without comments.
    private func text(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }.map(String.init)
    }
}
