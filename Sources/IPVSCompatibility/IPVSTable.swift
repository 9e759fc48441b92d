// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// ipvsadm's lists, byte for byte, for scripts parse them.
public struct IPVSTable: Sendable {
    /// How an address and a port are written where a name is wanted; nil: in numbers.
    public typealias Names = @Sendable (IPAddress, UInt16, TransportProtocol) -> String?

    private let listing: IPVSListing
    private let names: Names

    /// - Parameter names: asked unless the listing is numeric.
    public init(_ listing: IPVSListing, names: @escaping Names = { _, _, _ in nil }) {
        self.listing = listing
        self.names = names
    }

    /// The services that are listed, in the order in which they are.
    public func ordered(_ services: [IPVSServiceRow]) -> [IPVSServiceRow] {
        let wanted = services.filter { listing.service == nil || $0.address == listing.service }
        guard listing.isSorted else { return wanted }
        return wanted.sorted { left, right in
            (left.address.address.family.rawValue, left.address.transport.number)
                != (right.address.address.family.rawValue, right.address.transport.number)
                ? (left.address.address.family.rawValue, left.address.transport.number)
                    < (right.address.address.family.rawValue, right.address.transport.number)
                : left.address < right.address
        }
    }

    private func ordered(_ reals: [IPVSRealServerRow]) -> [IPVSRealServerRow] {
        listing.isSorted ? reals.sorted { $0.address < $1.address } : reals
    }
}

// MARK: - Services

extension IPVSTable {
    /// The two lines at the top; `size` is what ipvsadm calls the connection table's size.
    public func head(size: UInt64) -> String {
        let first = "Prot LocalAddress:Port"
        let columns: String
        var arrow = "  -> RemoteAddress:Port"
        switch listing.columns {
        case .stats:
            columns = Self.titles(first, ["Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"])
        case .rate:
            columns = Self.titles(first, ["CPS", "InPPS", "OutPPS", "InBPS", "OutBPS"])
        case .thresholds:
            columns =
                first.padded(33) + " "
                + ["Uthreshold", "Lthreshold", "ActiveConn", "InActConn"].map { $0.padded(10) }
                .joined(separator: " ")
        case .persistentConnections:
            columns =
                first.padded(33)
                + " \("Weight".padded(9)) \("PersistConn".padded(11)) \("ActiveConn".padded(10)) "
                + "InActConn".padded(10)
        default:
            columns = first + " Scheduler Flags"
            arrow += "           Forward Weight ActiveConn InActConn"
        }
        return "IP Virtual Server version 1.2.1 (size=\(size))\n\(columns)\n\(arrow)\n"
    }

    /// A service with its real servers, a line each.
    public func lines(_ service: IPVSServiceRow) -> String {
        let reals = ordered(service.realServers).map { line($0, of: service.address) }
        return (line(service) + reals.joined())
    }

    private static func titles(_ first: String, _ titles: [String]) -> String {
        first.padded(33) + titles.map { " " + $0.aligned(8) }.joined()
    }

    private func line(_ service: IPVSServiceRow) -> String {
        let address = service.address
        let name =
            "\(address.transport.rawValue.uppercased())  "
            + text(address.address, address.ports, address.transport)
        switch listing.columns {
        case .stats: return name.padded(33) + numbers(service.figures.total) + "\n"
        case .rate: return name.padded(33) + numbers(service.figures.rate) + "\n"
        default: return "\(name) \(service.scheduler)\(Self.flags(of: service))\n"
        }
    }

    private static func flags(of service: IPVSServiceRow) -> String {
        var text = ""
        if !service.schedulerFlags.isEmpty {
            text += " (\(service.schedulerFlags.sorted().joined(separator: ",")))"
        }
        if let persistence = service.persistence {
            text += " persistent \(persistence.timeout)"
            text += persistence.mask(of: service.address.address.family).map { " mask \($0)" } ?? ""
        }
        return service.onePacket ? text + " ops" : text
    }

    private func line(_ real: IPVSRealServerRow, of service: ServiceAddress) -> String {
        let name = "  -> " + text(real.address, service.ports, service.transport).padded(28)
        let (active, inactive) = ("\(real.flows.active)", "\(real.flows.inactive)")
        switch listing.columns {
        case .stats: return name + numbers(real.figures.total) + "\n"
        case .rate: return name + numbers(real.figures.rate) + "\n"
        case .thresholds:
            let cells = ["\(real.upperThreshold)", "\(real.lowerThreshold)", active, inactive]
            return name + cells.map { " " + $0.padded(10) }.joined() + "\n"
        case .persistentConnections:
            return name + " \("\(real.weight)".padded(9)) \("\(real.flows.persistent)".padded(11))"
                + " \(active.padded(10)) \(inactive.padded(10))\n"
        default:
            return name + " \("Route".padded(7)) \("\(real.weight)".padded(6))"
                + " \(active.padded(10)) \(inactive.padded(10))\n"
        }
    }

    /// Connections, packets in and out, bytes in and out.
    private func numbers(_ traffic: Traffic) -> String {
        [traffic.connections, traffic.packets, 0, traffic.bytes, 0].map(number).joined()
    }

    private func number(_ value: UInt64) -> String {
        if listing.isExact { return " " + "\(value)".aligned(8) }
        let units: [(limit: UInt64, divisor: UInt64, unit: String)] = [
            (1_000_000_000, 1_000, "K"), (100_000_000_000, 1_000_000, "M"),
            (100_000_000_000_000, 1_000_000_000, "G"),
        ]
        if value < 100_000_000 { return "\(value)".aligned(9) }
        let unit = units.first { value < $0.limit } ?? (.max, 1_000_000_000_000, "T")
        return "\(value / unit.divisor)".aligned(8) + unit.unit
    }

    private func text(
        _ address: IPAddress, _ ports: PortSet, _ transport: TransportProtocol
    ) -> String {
        let port = ports.isAny ? 0 : ports.single
        let name = listing.isNumeric ? nil : port.flatMap { names(address, $0, transport) }
        return name ?? "\(address.beforePort):\(port.map(String.init) ?? "\(ports)")"
    }
}

// MARK: - Flows and times

extension IPVSTable {
    /// The two lines above the flows.
    public static let connectionsHead = """
        IPVS connection entries
        pro expire state       source             virtual            destination

        """

    public func line(_ row: IPVSConnectionRow) -> String {
        let minutes = row.remaining / 60
        let seconds = row.remaining % 60
        let expire = "\(minutes < 10 ? "0" : "")\(minutes):\(seconds < 10 ? "0" : "")\(seconds)"
        let real = row.realServer ?? IPAddress(ipv4: 0)
        let cells = [
            row.transport.rawValue.uppercased().padded(3), expire.padded(6), row.state.padded(11),
            text(row.client, PortSet(row.clientPort), row.transport).padded(18),
            text(row.vip, PortSet(row.vipPort), row.transport).padded(18),
            text(real, PortSet(row.vipPort), row.transport),
        ]
        return cells.joined(separator: " ") + "\n"
    }

    public static func line(_ timeouts: FlowTimeouts) -> String {
        "Timeout (tcp tcpfin udp): \(timeouts.tcp) \(timeouts.tcpFin) \(timeouts.udp)\n"
    }
}

// MARK: - Rules

extension IPVSTable {
    /// What `-S` prints of a service, and `-R` reads.
    public func rules(_ service: IPVSServiceRow) -> String {
        let address = service.address
        let name =
            (address.transport == .tcp ? "-t " : "-u ")
            + text(address.address, address.ports, address.transport)
        var rules = "-A \(name) -s \(service.scheduler)"
        if let persistence = service.persistence {
            rules += " -p \(persistence.timeout)"
            rules += persistence.mask(of: address.address.family).map { " -M \($0)" } ?? ""
        }
        if service.onePacket { rules += " -o" }
        if !service.schedulerFlags.isEmpty {
            rules += " -b \(service.schedulerFlags.sorted().joined(separator: ","))"
        }
        rules += "\n"
        for real in ordered(service.realServers) {
            rules += "-a \(name) -r \(text(real.address, address.ports, address.transport)) -g"
            rules += " -w \(real.weight)"
            if real.upperThreshold > 0 { rules += " -x \(real.upperThreshold)" }
            if real.lowerThreshold > 0 { rules += " -y \(real.lowerThreshold)" }
            rules += "\n"
        }
        return rules
    }
}

extension Persistence {
    /// As ipvsadm shows it: a netmask, for IPv6 a prefix length; nil for a whole address.
    fileprivate func mask(of family: IPAddress.Family) -> String? {
        guard prefixLength < family.bitCount else { return nil }
        if family == .ipv6 { return "\(prefixLength)" }
        return "\(IPAddress(ipv4: ~(UInt32.max >> UInt32(prefixLength))))"
    }
}

extension String {
    /// With blanks behind it up to a width, as `%-10s`.
    fileprivate func padded(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - utf8.count))
    }

    /// With blanks before it up to a width, as `%10s`.
    fileprivate func aligned(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - utf8.count)) + self
    }
}
