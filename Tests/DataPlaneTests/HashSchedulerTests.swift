// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

/// Schedulers that hash addresses, beside what the kernel would pick.
@Suite struct HashSchedulerTests {
    /// Weights of .1, .2, ... as they were added, and what they are changed to.
    struct Weights: CustomTestStringConvertible {
        var before: [UInt16]
        var after: [UInt16]?

        init(_ before: [UInt16], then after: [UInt16]? = nil) {
            self.before = before
            self.after = after
        }

        var testDescription: String { "\(before.prefix(8)) then \(after?.prefix(8) ?? [])" }
    }

    private static let cases: [Weights] = [
        Weights([1, 1, 1]), Weights([3, 2, 1]), Weights([5]), Weights([0, 0]), Weights([0, 4, 2]),
        Weights([100, 120, 90]), Weights([300, 1]), Weights([1, 65535, 77]),
        Weights([64, 32, 96, 63]), Weights((1...60).map { UInt16($0 * $0 % 97) }),
        Weights([3, 2, 1], then: [3, 0, 1]), Weights([8, 4, 6], then: [0, 0, 6]),
        Weights([1, 1], then: [0, 0]), Weights([9, 3], then: [3, 9]),
        Weights([0, 2], then: [7, 0]),
    ]

    @Test("the reference's SipHash gives the published value")
    func vector() {
        let bytes = (0..<15).map { UInt8($0) }
        let hash = KernelHash.sipHash(
            bytes, key: (0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908), rounds: (2, 4))
        #expect(hash == 0xA129_CA61_49BE_45E5)
    }

    @Test("sh picks by the client's address as the kernel does", arguments: cases)
    func sourceHashing(weights: Weights) throws {
        let flagSets: [Set<SchedulerFlag>] = [
            [], [.shPort], [.shFallback], [.shPort, .shFallback],
        ]
        var buckets: [KernelHash.Member] = []
        for flags in flagSets {
            try compare(.sh, flags, weights) { list, client, port in
                if buckets.isEmpty { buckets = KernelHash.buckets(list, byWeight: true) }
                let number = client &+ (flags.contains(.shPort) ? UInt32(port) : 0)
                return KernelHash.sh(
                    buckets, number: number, fallback: flags.contains(.shFallback))
            }
        }
    }

    @Test("mh picks by the client's address as the kernel does", arguments: cases)
    func maglevHashing(weights: Weights) throws {
        let flagSets: [Set<SchedulerFlag>] = [
            [], [.mhPort], [.mhFallback], [.mhPort, .mhFallback],
        ]
        var table: [Int?] = []
        for flags in flagSets {
            try compare(.mh, flags, weights) { list, client, port in
                if table.isEmpty { table = KernelHash.table(list, port: 80) }
                let number = client &+ (flags.contains(.mhPort) ? UInt32(port) : 0)
                return KernelHash.mh(
                    list, table, number: number, fallback: flags.contains(.mhFallback))
            }
        }
    }

    /// Compares the picks for many clients, those of one network among them.
    private func compare(
        _ scheduler: Scheduler, _ flags: Set<SchedulerFlag>, _ weights: Weights,
        _ pick: ([KernelHash.Member], UInt32, UInt16) -> UInt32?
    ) throws {
        let after = weights.after ?? weights.before
        let list = after.indices.reversed().map { index in
            let last = after[index] > 0 ? after[index] : weights.before[index]
            return KernelHash.Member(
                host: UInt32(index + 1), address: 0xC0A8_8E01 + UInt32(index),
                weight: Int(after[index]), lastWeight: Int(last))
        }
        var plane = try MemoryDataPlane(flowCapacity: 16_384)
        for weights in [weights.before, after] {
            let reals = weights.enumerated().map { Table.real(UInt32($0 + 1), weight: $1) }
            var service = Table.service(vip: "10.0.0.1", scheduler: scheduler, reals: reals)
            service.schedulerFlags = flags
            try plane.publish(Table.of(service))
        }
        var random = SplitMix(seed: 7)
        var expected: [UInt32?] = []
        // Where nobody has a weight, the kernel's walk is long and its end the same.
        for index in 0..<(list.contains { $0.weight > 0 } ? 1500 : 4) {
            let number = random.next()
            let client =
                index < 500
                ? 0xC0A8_9000 + UInt32(index) : 0x0B00_0000 + UInt32(number % 0xC000_0000)
            let port = UInt16(truncatingIfNeeded: number >> 48) | 1
            expected.append(pick(list, client, port))
            try plane.push(
                Frame.ethernet().ipv4(from: IPAddress(ipv4: client).description, to: "10.0.0.1")
                    .tcp(.syn, from: port))
        }
        #expect(plane.run().map(\.realServer) == expected, "\(scheduler) \(flags)")
    }

    @Test(
        "dh picks by the VIP as the kernel does", arguments: [[1, 1, 1], [9, 0, 1, 5], [2, 0]])
    func destinationHashing(weights: [UInt16]) throws {
        let list = weights.indices.reversed().map { index in
            KernelHash.Member(
                host: UInt32(index + 1), address: 0, weight: Int(weights[index]), lastWeight: 0)
        }
        let buckets = KernelHash.buckets(list, byWeight: false)
        let reals = weights.enumerated().map { Table.real(UInt32($0 + 1), weight: $1) }
        var plane = try MemoryDataPlane()
        for vip in UInt32(0x0A00_0001)..<0x0A00_0101 {
            let name = IPAddress(ipv4: vip).description
            try plane.publish(Table.of(Table.service(vip: name, scheduler: .dh, reals: reals)))
            try plane.push(Frame.ethernet().ipv4(to: name).tcp(.syn))
            let member = buckets[KernelHash.bucket(vip)]
            #expect(plane.run().map(\.realServer) == [member.weight > 0 ? member.host : nil])
        }
    }

    @Test(
        "one that is down holds no slots: its clients go elsewhere",
        arguments: [Scheduler.sh, .dh, .mh, .maglev])
    func down(scheduler: Scheduler) throws {
        var plane = try MemoryDataPlane(flowCapacity: 4096)
        var picks: [[UInt32?]] = []
        for reals in [[Table.real(5), Table.real(6, up: false)], [Table.real(5)]] {
            try plane.publish(Table.of(Table.service(scheduler: scheduler, reals: reals)))
            for host in 1...250 {
                try plane.push(Frame.ethernet().ipv4(from: "10.0.\(picks.count).\(host)").tcp(.syn))
            }
            picks.append(plane.run().map(\.realServer))
        }
        #expect(picks == Array(repeating: Array(repeating: 5, count: 250), count: 2))
    }
}
