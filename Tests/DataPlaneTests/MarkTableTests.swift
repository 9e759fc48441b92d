// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import DataPlane

@Suite struct MarkTableTests {
    @Test("each VIP has a mark of its own, and a mark that was given back comes last")
    func order() throws {
        var table = MarkTable()
        let marks = try (1...3).map { try table.add(IPAddress(ipv4: $0)) }
        #expect(marks == [0x4C56_0001, 0x4C56_0002, 0x4C56_0003])
        table.remove(IPAddress(ipv4: 2))
        table.remove(IPAddress(ipv4: 9))
        #expect(table.byVIP == [IPAddress(ipv4: 1): marks[0], IPAddress(ipv4: 3): marks[2]])
        #expect(try table.add(IPAddress(ipv4: 4)) == 0x4C56_0004)
    }

    @Test("65,535 VIPs have marks, one more has none until another's is given back")
    func exhaustion() throws {
        var table = MarkTable()
        for number in 1...0xFFFF as ClosedRange<UInt32> {
            _ = try table.add(IPAddress(ipv4: number))
        }
        #expect(table.byVIP[IPAddress(ipv4: 0xFFFF)] == 0x4C56_FFFF)
        #expect(throws: DataPlaneError.self) { try table.add(IPAddress(ipv4: 0x1_0000)) }
        table.remove(IPAddress(ipv4: 77))
        #expect(try table.add(IPAddress(ipv4: 0x1_0000)) == 0x4C56_0000 + 77)
    }
}
