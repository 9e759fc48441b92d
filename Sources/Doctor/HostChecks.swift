// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// The rest of the host: rights, other programs, limits, and what an earlier run left.
enum HostChecks {
    /// Neighbours beside the real servers: gateways, clients, other hosts.
    private static let otherNeighbours = 128
    /// gc_thresh3 as the kernel has it by itself.
    private static let usualLimit = 1_024
    /// They listen now and then, and only listen.
    private static let harmless: Set = [
        "tcpdump", "tshark", "dumpcap", "dhclient", "dhcpcd", "lldpd", "systemd-network", "lvsdr",
    ]
    private static let daemon = "lvsdrd"

    static func capabilities(_ missing: [String]) -> Finding {
        guard !missing.isEmpty else {
            return .ok(.capabilities, "this process", "has what lvsdrd needs")
        }
        return .warning(
            .capabilities, "this process", "lacks \(missing.joined(separator: ", "))",
            why:
                "lvsdrd does not start so, and without CAP_NET_RAW nobody on the segment can be asked",
            mend: "be root, or give the container these capabilities; then lvsdr doctor again")
    }

    static func packetSockets(_ interface: String, _ sockets: [PacketSocket]?) -> [Finding] {
        guard let sockets else {
            return [
                .notChecked(
                    .packetSockets, interface, because: "/proc/net/packet can not be read",
                    mend: "mount /proc, then lvsdr doctor again")
            ]
        }
        let owners = Set(sockets.compactMap(\.owner)).sorted { $0.pid < $1.pid }
        var findings: [Finding] = []
        let daemons = owners.filter { $0.program == daemon }
        if daemons.count > 1 {
            let pids = daemons.map { "\($0.pid)" }
            findings.append(
                .broken(
                    .packetSockets, interface,
                    "several lvsdrd take its frames: processes \(pids.joined(separator: ", "))",
                    why: "each forwards every packet, so that real servers get it twice",
                    mend: "end the one that is not the service's: systemctl status lvsdrd, kill PID"
                ))
        }
        findings += owners.filter { $0.program != daemon && !harmless.contains($0.program) }.map {
            .warning(
                .packetSockets, interface, "\($0.program) (process \($0.pid)) takes all its frames",
                why: "each frame costs time once more, and a program may answer or send them too",
                mend: "end it unless it is wanted: kill \($0.pid)")
        }
        if sockets.contains(where: { $0.owner == nil }) {
            findings.append(
                .notChecked(
                    .packetSockets, interface,
                    because: "this process may not see whose sockets they are",
                    mend: "be root, then lvsdr doctor again"))
        }
        guard findings.isEmpty else { return findings }
        let names = owners.map(\.program)
        let found = names.isEmpty ? "nobody takes its frames" : names.joined(separator: ", ")
        return [.ok(.packetSockets, interface, found)]
    }

    /// - Parameter realServers: all of them, each once.
    static func neighbourTable(
        _ limits: [IPAddress.Family: Int], realServers: [IPAddress]
    ) -> [Finding] {
        [IPAddress.Family.ipv4, .ipv6].compactMap { family in
            let count = realServers.filter { $0.family == family }.count
            guard count > 0 else { return nil }
            let place = "net.\(family.rawValue.lowercased()).neigh.default.gc_thresh"
            guard let limit = limits[family] else { return unseen(place, count) }
            guard count + otherNeighbours > limit else {
                return .ok(.neighbourTable, "\(place)3", "is \(limit), for \(count) real servers")
            }
            var enough = 1_024
            while enough < 2 * (count + otherNeighbours) { enough *= 2 }
            return .broken(
                .neighbourTable, "\(place)3", "is \(limit), for \(count) real servers and others",
                why:
                    "the kernel forgets MAC addresses when its table is full: real servers go down and up",
                mend: "sysctl -w \(place)2=\(enough) \(place)3=\(2 * enough)")
        }
    }

    /// In a network namespace of its own a host does not see the machine's limit.
    private static func unseen(_ place: String, _ count: Int) -> Finding {
        guard count + otherNeighbours > usualLimit else {
            return .ok(
                .neighbourTable, "\(place)3",
                "is not seen here; the kernel's own, \(usualLimit), is enough")
        }
        return .notChecked(
            .neighbourTable, "\(place)3",
            because: "it is not seen here, and the kernel's own, \(usualLimit), is too little for "
                + "\(count) real servers",
            mend: "look in the machine's own network namespace: sysctl \(place)3")
    }

    static func flowFile(_ path: String, _ state: FlowFileState) -> Finding {
        switch state {
        case .absent: return .ok(.flowFile, path, "there is none; lvsdrd makes it when it starts")
        case .sound: return .ok(.flowFile, path, "is of this boot, and its header is in order")
        case .unreadable(let reason):
            return .notChecked(
                .flowFile, path, because: "it can not be read: \(reason)",
                mend: "be root, then lvsdr doctor again")
        case .ahead(let flows):
            return .warning(
                .flowFile, path, "\(flows) flows in it were last seen later than now",
                why:
                    "their times are of another clock: lvsdrd takes them for expired at its next start",
                mend:
                    "run lvsdrd and lvsdr outside of a time namespace, or remove \(path) while lvsdrd "
                    + "does not run")
        case .damaged(let reason):
            return .warning(
                .flowFile, path, reason,
                why: "lvsdrd sets it aside at its next start, and clients' connections are reset",
                mend: "systemctl restart lvsdrd; where it comes again with each boot, let "
                    + "runtime-directory be on a tmpfs such as /run")
        }
    }
}
