// SPDX-License-Identifier: Apache-2.0

import IPVSCompatibility
import LVSModel
import Testing

@Suite struct IPVSTableTests {
    private static func address(_ text: String) throws -> IPAddress {
        try #require(IPAddress(text))
    }

    private static func web() throws -> IPVSServiceRow {
        IPVSServiceRow(
            address: ServiceAddress(address: try address("10.0.0.100"), port: 80, transport: .tcp),
            scheduler: "rr", persistence: Persistence(timeout: 300, prefixLength: 24),
            figures: IPVSFigures(
                total: Traffic(connections: 7, packets: 123_456_789, bytes: 99_999_999)),
            realServers: [
                IPVSRealServerRow(
                    address: try address("10.0.0.12"), weight: 3, upperThreshold: 100,
                    lowerThreshold: 50, flows: FlowCounts(active: 2, inactive: 1, persistent: 4),
                    figures: IPVSFigures(
                        total: Traffic(connections: 1, packets: 2, bytes: 1_500_000_000),
                        rate: Traffic(connections: 5, packets: 60, bytes: 7_000))),
                IPVSRealServerRow(address: try address("10.0.0.11"), weight: 1),
            ])
    }

    private static func names() throws -> IPVSServiceRow {
        IPVSServiceRow(
            address: ServiceAddress(address: try address("fd00::1"), port: 53, transport: .udp),
            scheduler: "mh", schedulerFlags: ["mh-port", "mh-fallback"],
            persistence: Persistence(timeout: 60, prefixLength: 64), onePacket: true)
    }

    private func table(
        _ change: (inout IPVSListing) -> Void, size: UInt64 = 4096
    ) throws -> String {
        var listing = IPVSListing()
        listing.isNumeric = true
        change(&listing)
        let table = IPVSTable(listing)
        let rows = table.ordered([try Self.names(), try Self.web()])
        return table.head(size: size) + rows.map { table.lines($0) }.joined()
    }

    @Test("the plain list is ipvsadm's, sorted by address")
    func plain() throws {
        let expected = """
            IP Virtual Server version 1.2.1 (size=4096)
            Prot LocalAddress:Port Scheduler Flags
              -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
            TCP  10.0.0.100:80 rr persistent 300 mask 255.255.255.0
              -> 10.0.0.11:80                 Route   1      0          0         \

              -> 10.0.0.12:80                 Route   3      2          1         \

            UDP  [fd00::1]:53 mh (mh-fallback,mh-port) persistent 60 mask 64 ops

            """
        #expect(try table { _ in } == expected)
    }

    @Test("--stats has large numbers in short, and in full with --exact")
    func stats() throws {
        let head = """
            IP Virtual Server version 1.2.1 (size=4096)
            Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
              -> RemoteAddress:Port

            """
        let short = """
            TCP  10.0.0.100:80                       7  123456K        0 99999999        0
              -> 10.0.0.12:80                        1        2        0    1500M        0

            """
        let full = """
            TCP  10.0.0.100:80                       7 123456789        0 99999999        0
              -> 10.0.0.12:80                        1        2        0 1500000000        0

            """
        let only = try Self.web().address
        var rows: [String] = []
        for isExact in [false, true] {
            let text = try table {
                $0.columns = .stats
                $0.isExact = isExact
                $0.service = only
            }
            #expect(text.hasPrefix(head))
            let lines = text.dropFirst(head.count).split(separator: "\n")
            rows.append([lines[0], lines[2]].map { $0 + "\n" }.joined())
        }
        #expect(rows == [short, full])
    }

    @Test("--rate, --thresholds and --persistent-conn have their columns")
    func columns() throws {
        let only = try Self.web().address
        let rows: [(IPVSListing.Columns, String, String)] = [
            (
                .rate,
                "Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS",
                "  -> 10.0.0.12:80                        5       60        0     7000        0"
            ),
            (
                .thresholds,
                "Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn ",
                "  -> 10.0.0.12:80                 100        50         2          1         "
            ),
            (
                .persistentConnections,
                "Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn ",
                "  -> 10.0.0.12:80                 3         4           2          1         "
            ),
        ]
        for (columns, head, row) in rows {
            let lines = try table {
                $0.columns = columns
                $0.service = only
                $0.isSorted = false
            }
            .split(separator: "\n")
            #expect(lines[1] == head)
            #expect(lines[4] == row)
        }
    }

    @Test("flows have their time, state and three addresses")
    func connections() throws {
        var listing = IPVSListing()
        listing.isNumeric = true
        let row = IPVSConnectionRow(
            transport: .tcp, remaining: 899, state: "ESTABLISHED",
            client: try Self.address("10.0.0.1"), clientPort: 40_000,
            vip: try Self.address("10.0.0.100"), vipPort: 80,
            realServer: try Self.address("10.0.0.11"))
        let expected = """
            IPVS connection entries
            pro expire state       source             virtual            destination
            TCP 14:59  ESTABLISHED 10.0.0.1:40000     10.0.0.100:80      10.0.0.11:80

            """
        #expect(IPVSTable.connectionsHead + IPVSTable(listing).line(row) == expected)
    }

    @Test("what -S prints -R reads")
    func saved() throws {
        var listing = IPVSListing()
        listing.isNumeric = true
        let table = IPVSTable(listing)
        let text = table.rules(try Self.web()) + table.rules(try Self.names())
        let expected = """
            -A -t 10.0.0.100:80 -s rr -p 300 -M 255.255.255.0
            -a -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 1
            -a -t 10.0.0.100:80 -r 10.0.0.12:80 -g -w 3 -x 100 -y 50
            -A -u [fd00::1]:53 -s mh -p 60 -M 64 -o -b mh-fallback,mh-port

            """
        #expect(text == expected)
        let changes = try IPVSCommandLine.parseRules(text, file: "rules")
        #expect(changes.count == 4)
        guard case .addRealServer(let real, let service) = changes[2] else {
            Issue.record("no real server: \(changes[2])")
            return
        }
        #expect(service == (try Self.web().address))
        #expect(real.weight == 3 && real.upperThreshold == 100 && real.lowerThreshold == 50)
        #expect(try IPVSRules.parse(text, file: "rules").count == 2)
    }

    @Test("names stand for numbers where they are wanted and known")
    func named() throws {
        let table = IPVSTable(IPVSListing()) { address, _, _ in
            address.description == "10.0.0.11" ? "web1:http" : nil
        }
        let lines = table.lines(try Self.web()).split(separator: "\n")
        #expect(lines[1].hasPrefix("  -> web1:http                    Route   1      0"))
        #expect(lines[2].hasPrefix("  -> 10.0.0.12:80 "))
    }
}
