// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// keepalived.conf's virtual servers as a director's settings, with a note for each thing that they
/// do not say.
public struct KeepalivedImport: Sendable {
    public var settings: DirectorSettings
    /// In the order of the files.
    public var notes: [KeepalivedNote]

    /// Reads the text of a file.
    ///
    /// - Parameters:
    ///   - file: the text's name in notes; includes are relative to it.
    ///   - files: finds what an `include` names: a path or a pattern (glob(7)), in the file `from`.
    public init(
        _ text: String, file: String,
        files: (_ pattern: String, _ from: String) -> [(path: String, text: String)]
    ) throws(KeepalivedError) {
        let read = try withoutActuallyEscaping(files) {
            files throws(KeepalivedError) -> ([KeepalivedDirective], [KeepalivedNote]) in
            var reader = KeepalivedReader(files: files)
            let directives = try reader.read(text, file: file)
            return (directives, reader.notes)
        }
        var translation = KeepalivedTranslation(notes: read.1)
        settings = translation.settings(read.0)
        notes = translation.notes
    }
}

/// From directives to settings.
struct KeepalivedTranslation {
    private(set) var notes: [KeepalivedNote]
    /// The files that checks look at, by their names (`track_file`).
    private(set) var trackedFiles: [String: String] = [:]
    private var groups: [String: KeepalivedDirective] = [:]
    /// VIPs that VRRP moves from host to host.
    private var movedVIPs: Set<IPAddress> = []
    private var known: [ServiceAddress: KeepalivedPlace] = [:]

    init(notes: [KeepalivedNote]) {
        self.notes = notes
    }

    mutating func note(_ directive: KeepalivedDirective, _ text: String) {
        notes.append(
            KeepalivedNote(
                file: directive.place.file, line: directive.place.line,
                text: "\(directive.words.prefix(3).joined(separator: " ")): \(text)"))
    }

    mutating func settings(_ directives: [KeepalivedDirective]) -> DirectorSettings {
        var interface: String?
        for directive in directives {
            switch directive.name {
            case "virtual_server_group":
                if let name = directive.value { groups[name] = directive }
            case "track_file", "vrrp_track_file":
                if let name = directive.value, let file = directive.first("file")?.value {
                    trackedFiles[name] = file
                }
            case "vrrp_instance":
                interface = interface ?? directive.first("interface")?.value
                addMovedVIPs(of: directive)
            case "global_defs", "static_ipaddress", "static_routes", "static_rules", "vrrp_script",
                "vrrp_sync_group", "garp_group", "net_namespace", "virtual_server", "":
                break
            default: note(directive, "not known, left out")
            }
        }
        var settings = DirectorSettings(interface: interface ?? "eth0")
        let servers = directives.filter { $0.name == "virtual_server" }
        settings.services = servers.flatMap { services($0) }
        if settings.services.contains(where: { $0.arp == .host }) { settings.start = .standby }
        if interface == nil, let first = servers.first {
            note(first, "keepalived names no interface of the VIPs here: set `interface`")
        }
        return settings
    }

    private mutating func addMovedVIPs(of instance: KeepalivedDirective) {
        let lists = instance.children.filter {
            $0.name == "virtual_ipaddress" || $0.name == "virtual_ipaddress_excluded"
        }
        let addresses = lists.flatMap(\.children).compactMap {
            $0.words.first?.split(separator: "/").first.flatMap { IPAddress($0) }
        }
        movedVIPs.formUnion(addresses)
        note(
            instance,
            addresses.isEmpty
                ? "VRRP stays keepalived's"
                : "VRRP stays keepalived's: the director serves these VIPs where the host holds "
                    + "them (arp: host, start: standby)")
    }

    private mutating func services(_ server: KeepalivedDirective) -> [VirtualService] {
        let addresses = addresses(of: server)
        guard !addresses.isEmpty else { return [] }
        let kind = server.first("lb_kind", "lvs_method")
        if let kind, kind.value?.uppercased() != "DR" {
            note(kind, "not direct routing; the service is left out")
            return []
        }
        let name = server.first("protocol")
        guard let transport = TransportProtocol(rawValue: name?.value?.lowercased() ?? "tcp") else {
            note(name ?? server, "not served; the service is left out")
            return []
        }
        return addresses.compactMap { vip, port in
            let address = ServiceAddress(address: vip, port: port, transport: transport)
            if let first = known.updateValue(server.place, forKey: address) {
                note(server, "the same service as in line \(first.line), left out")
                return nil
            }
            return service(address, server, arp: movedVIPs.contains(vip) ? .host : .director)
        }
    }

    /// `IP PORT`, or those of a group.
    private mutating func addresses(
        of server: KeepalivedDirective
    ) -> [(vip: IPAddress, port: UInt16)] {
        let values = Array(server.values)
        guard values.first == "group" else { return address(values, server).map { [$0] } ?? [] }
        guard values.count > 1, let group = groups[values[1]] else {
            note(server, "there is no such virtual_server_group; left out")
            return []
        }
        return group.children.flatMap { entry -> [(vip: IPAddress, port: UInt16)] in
            if entry.words.first?.contains("-") == true { return range(entry) }
            return address(entry.words, entry).map { [$0] } ?? []
        }
    }

    private mutating func address(
        _ words: [String], _ directive: KeepalivedDirective
    ) -> (vip: IPAddress, port: UInt16)? {
        guard words.first != "fwmark" else {
            note(directive, "firewall marks are not served: name the VIP and its ports; left out")
            return nil
        }
        guard let vip = words.first.flatMap({ IPAddress($0) }) else {
            note(directive, "no address in numbers, left out")
            return nil
        }
        guard let port: UInt16 = words.count > 1 ? Endpoint.number(words[1]) : 0 else {
            note(directive, "no port in numbers, left out")
            return nil
        }
        return (vip, port)
    }

    /// `192.168.200.1-10 80`: the last part runs to the number.
    private mutating func range(
        _ entry: KeepalivedDirective
    ) -> [(vip: IPAddress, port: UInt16)] {
        let parts = entry.words[0].split(separator: "-")
        let last: UInt32? = parts.count == 2 ? Endpoint.number(parts[1]) : nil
        guard let first = IPAddress(parts[0])?.ipv4, let last, last <= 255, last >= first & 0xFF,
            let port = address([String(parts[0])] + entry.words.dropFirst(), entry)?.port
        else {
            note(entry, "no range of IPv4 addresses such as 192.168.200.1-10, left out")
            return []
        }
        return (first & 0xFF...last).map { (IPAddress(ipv4: first & 0xFFFF_FF00 | $0), port) }
    }
}
