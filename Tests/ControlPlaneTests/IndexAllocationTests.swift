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

    private func kept(_ index: UInt32, port: UInt16, real: UInt32) -> KeptRealServer {
        KeptRealServer(
            index: index, vip: DirectorHost.vip, firstPort: port, transport: .tcp,
            address: IPAddress(ipv4: 0x0A00_0000 + real))
    }

    @Test("real servers that flows of an earlier run name get their indexes again")
    func kept() throws {
        var indexes = IndexAllocation(kept: [
            kept(1, port: 80, real: 1), kept(0, port: 80, real: 2), kept(3, port: 443, real: 1),
        ])
        try indexes.assign(
            to: [service(81, [1]), service(80, [2, 3, 1]), service(443, [2])], flowless: [])
        #expect(indexes.index(of: key(80, 1)) == 1)
        #expect(indexes.index(of: key(80, 2)) == 0)
        #expect(indexes.index(of: key(81, 1)) == 2)
        #expect(indexes.index(of: key(80, 3)) == 4)
        #expect(indexes.index(of: key(443, 2)) == 5)
        #expect(indexes.formerRealServers == [3])
        try indexes.assign(to: [service(443, [1])], flowless: [])
        #expect(indexes.index(of: key(443, 1)) == 3)
    }

    @Test("an index of an earlier run goes to another real server only when no flow names it")
    func keptReuse() throws {
        var indexes = IndexAllocation(kept: [kept(131_071, port: 82, real: 9)])
        let most = [service(80, Array(0..<65_535)), service(443, Array(0..<65_536))]
        try indexes.assign(to: most, flowless: [])
        #expect(indexes.index(of: key(443, 65_535)) == 131_070)
        #expect(throws: DirectorError.noFreeIndex) {
            try indexes.assign(to: most + [service(81, [1])], flowless: [])
        }
        try indexes.assign(to: most + [service(81, [1])], flowless: [131_071])
        #expect(indexes.index(of: key(81, 1)) == 131_071)
    }

    @Test("a service that gets another port, or loses one, keeps its indexes")
    func otherPorts() throws {
        func ports(_ text: String) throws -> VirtualService {
            let ports = try #require(PortSet(text))
            return VirtualService(
                address: ServiceAddress(address: DirectorHost.vip, ports: ports, transport: .tcp),
                scheduler: .rr, realServers: service(80, [1, 2]).realServers)
        }
        var indexes = IndexAllocation()
        try indexes.assign(to: [ports("80")], flowless: [])
        for text in ["80,443", "80-90", "80"] {
            let changed = try ports(text)
            try indexes.assign(to: [service(22, [7]), changed], flowless: [])
            let real = RealServerKey(
                service: changed.address, address: changed.realServers[1].address)
            #expect(indexes.index(of: changed.address) == 0)
            #expect(indexes.index(of: real) == 1)
            #expect(indexes.formerRealServers == [])
        }
    }
}
