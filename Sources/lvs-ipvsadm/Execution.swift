// SPDX-License-Identifier: Apache-2.0

import ControlClient
import ControlMessages
import Glibc
import IPVSCompatibility
import LVSConfiguration
import LVSModel

/// Does a command on a running director.
struct Execution {
    /// Longest text that `-R` reads.
    private static let longestRules = 32 << 20

    let client: ControlClient

    func run(_ command: IPVSCommand) throws {
        switch command {
        case .change(let change): try make([change])
        case .restore: try restore()
        case .setTimeouts(let tcp, let tcpFin, let udp): try setTimeouts(tcp, tcpFin, udp)
        case .zero(let service): try zero(service)
        case .save(let isNumeric): try save(isNumeric: isNumeric)
        case .list(let listing): try list(listing)
        case .help: Output.write(Help.text)
        }
    }

    private func make(_ changes: [Change]) throws(Failure) {
        do {
            _ = try client.change(ChangesText.write(changes))
        } catch {
            throw Failure(error, of: changes.count == 1 ? changes.first : nil)
        }
    }

    /// All of the rules, or none.
    private func restore() throws {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= Self.longestRules {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(STDIN_FILENO, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer.prefix(count)
        }
        guard bytes.count <= Self.longestRules else {
            throw Failure("more than \(Self.longestRules >> 20) MiB of rules")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let changes: [Change]
        do {
            changes = try IPVSCommandLine.parseRules(text, file: "standard input")
        } catch {
            throw Failure("\(error)")
        }
        if !changes.isEmpty { try make(changes) }
    }

    private func setTimeouts(_ tcp: UInt32, _ tcpFin: UInt32, _ udp: UInt32) throws {
        var timeouts = try settings().timeouts
        if tcp > 0 { timeouts.tcp = tcp }
        if tcpFin > 0 { timeouts.tcpFin = tcpFin }
        if udp > 0 { timeouts.udp = udp }
        try make([.setTimeouts(timeouts)])
    }

    private func zero(_ service: ServiceAddress?) throws(Failure) {
        do {
            _ = try client.zero(service)
        } catch {
            throw Failure(error, of: service.map { .removeService($0) })
        }
    }

    private func settings() throws -> DirectorSettings {
        try ConfigurationFile.parse(try client.settings(), file: client.socket)
    }
}

// What is listed.
extension Execution {
    private func rows() throws -> [IPVSServiceRow] {
        try client.services().services.compactMap(IPVSServiceRow.init)
    }

    private func save(isNumeric: Bool) throws {
        var listing = IPVSListing()
        listing.isNumeric = isNumeric
        let table = IPVSTable(listing, names: Names.endpoint)
        Output.write(table.ordered(try rows()).map { table.rules($0) }.joined())
    }

    private func list(_ listing: IPVSListing) throws {
        let table = IPVSTable(listing, names: Names.endpoint)
        switch listing.columns {
        case .timeouts: Output.write(IPVSTable.line(try settings().timeouts))
        case .daemon: return
        case .connections: try connections(table)
        default:
            let size = try client.status().flows.capacity
            let services = table.ordered(try rows())
            if listing.service != nil, services.isEmpty { throw Failure("No such service") }
            Output.write(table.head(size: size))
            for service in services { Output.write(table.lines(service)) }
        }
    }

    private func connections(_ table: IPVSTable) throws {
        Output.write(IPVSTable.connectionsHead)
        var query = FlowQuery()
        while true {
            let page = try client.flows(query)
            let rows = page.flows.compactMap(IPVSConnectionRow.init)
            Output.write(rows.map { table.line($0) }.joined())
            guard let next = page.next else { return }
            query.after = next
        }
    }
}
