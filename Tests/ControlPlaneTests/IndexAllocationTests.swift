// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Index allocation")
struct IndexAllocationTests {
    /// A service on this port with the real servers 10.0.0.x.
    private func service(_ port: UInt16, _ realServers: [UInt32]) -> VirtualService {
        VirtualService(
            address: address(port), scheduler: .rr,
            realServers: realServers.map { RealServer(address: IPAddress(ipv4: 0x0A00_0000 + $0)) })
    }

    private func address(_ port: UInt16) -> ServiceAddress {
        ServiceAddress(address: DirectorHost.vip, port: port, transport: .tcp)
    }

    private func key(_ port: UInt16, _ real: UInt32) -> RealServerKey {
        RealServerKey(service: address(port), address: IPAddress(ipv4: 0x0A00_0000 + real))
    }

    @Test("numbers services and real servers from 0, a shared RIP once for each service")
    func numbers() throws {
        var indexes = IndexAllocation()
        try indexes.assign(to: [service(80, [1, 2]), service(443, [1])], flowless: [])
        #expect(indexes.index(of: address(80)) == 0)
        #expect(indexes.index(of: address(443)) == 1)
        #expect(indexes.index(of: key(80, 1)) == 0)
        #expect(indexes.index(of: key(80, 2)) == 1)
        #expect(indexes.index(of: key(443, 1)) == 2)
    }

    @Test("keeps every index when order and company change")
    func stable() throws {
        var indexes = IndexAllocation()
        try indexes.assign(to: [service(80, [1, 2]), service(443, [1])], flowless: [])
        try indexes.assign(to: [service(443, [9, 1]), service(80, [2])], flowless: [0])
        #expect(indexes.index(of: address(443)) == 1)
        #expect(indexes.index(of: key(443, 1)) == 2)
        #expect(indexes.index(of: key(80, 2)) == 1)
        #expect(indexes.index(of: key(443, 9)) == 3)
        #expect(indexes.formerRealServers == [0])
    }

    @Test("gives a real server that is added again the index that its flows still name")
    func addedAgain() throws {
        var indexes = IndexAllocation()
        try indexes.assign(to: [service(80, [1, 2])], flowless: [])
        try indexes.assign(to: [service(443, [7])], flowless: [])
        try indexes.assign(to: [service(80, [2])], flowless: [])
        #expect(indexes.index(of: address(80)) == 0)
        #expect(indexes.index(of: key(80, 2)) == 1)
        #expect(indexes.formerRealServers == [0, 2])
    }

    @Test("has room for exactly as many real servers as the forwarding table has indexes")
    func realServerLimit() throws {
        let full = [service(80, Array(0..<65_536)), service(443, Array(0..<65_536))]
        var indexes = IndexAllocation()
        try indexes.assign(to: full, flowless: [])
        #expect(indexes.index(of: key(443, 65_535)) == 131_071)
        #expect(throws: DirectorError.tooManyRealServers(131_073)) {
            try indexes.assign(to: full + [service(81, [0])], flowless: [])
        }
    }

    @Test("has room for exactly as many services as the forwarding table has indexes")
    func serviceLimit() throws {
        var indexes = IndexAllocation()
        let full = (1...16_384).map { service($0, []) }
        try indexes.assign(to: full, flowless: [])
        #expect(indexes.index(of: address(16_384)) == 16_383)
        #expect(throws: DirectorError.tooManyServices(16_385)) {
            try indexes.assign(to: full + [service(20_000, [])], flowless: [])
        }
    }

    @Test("gives an index to another real server only when no flow names it")
    func reuse() throws {
        var indexes = IndexAllocation()
        let most = service(80, Array(0..<65_535))
        try indexes.assign(
            to: [most, service(443, Array(0..<65_536)), service(81, [1])], flowless: [])
        #expect(indexes.index(of: key(81, 1)) == 131_071)
        let without = [most, service(443, Array(0..<65_536))]
        try indexes.assign(to: without, flowless: [])
        #expect(throws: DirectorError.noFreeIndex) {
            try indexes.assign(to: without + [service(82, [5])], flowless: [])
        }
        #expect(indexes.formerRealServers == [131_071])
        try indexes.assign(to: without + [service(82, [5])], flowless: [131_071])
        #expect(indexes.index(of: key(82, 5)) == 131_071)
        #expect(indexes.formerRealServers == [])
    }

    @Test("gives a service's index to another service only when none of its real servers has flows")
    func serviceReuse() throws {
        var indexes = IndexAllocation()
        let others = (2...16_384).map { service($0, []) }
        try indexes.assign(to: [service(1, [1])] + others, flowless: [])
        try indexes.assign(to: others, flowless: [])
        #expect(throws: DirectorError.noFreeIndex) {
            try indexes.assign(to: others + [service(20_000, [])], flowless: [])
        }
        try indexes.assign(to: others + [service(20_000, [])], flowless: [0])
        #expect(indexes.index(of: address(20_000)) == 0)
    }
}
