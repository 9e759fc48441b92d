// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Settings that the file accepts, drawn at random: every key is there in some of them.
struct RandomSettings {
    private var random: Xorshift

    init(seed: UInt64) {
        random = Xorshift(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
    }

    mutating func settings() -> DirectorSettings {
        let arp = ARPMode.allCases.randomElement(using: &random) ?? .director
        var settings = DirectorSettings(interface: pick(["eth0", "no", "0x10", "a'\"#b", "1e3"]))
        settings.sourceMAC = pick(SourceMACMode.allCases)
        settings.port = pick(PortKind.allCases)
        settings.acceleration = pick(Acceleration.allCases)
        settings.timeouts = FlowTimeouts(
            tcp: number(1...604_800), tcpFin: number(1...604_800), udp: pick([300, 1, 7_200]))
        settings.answers = AnswerPolicy(
            noFlow: pick(NoFlowPolicy.allCases), noRealServer: pick(NoRealServerPolicy.allCases),
            perSecond: pick([1_000, 0, 1_000_000]))
        settings.flowCapacity = pick([1_024, 1_048_576, 67_108_864])
        settings.workers = pick([nil, 1, 64])
        settings.checkLimit = pick([256, 1, 10_000])
        settings.start = pick(Role.allCases)
        settings.peers = pick([[], [mac(0x0A)], [mac(0x10), mac(0xFE_0000_0001)]])
        settings.metrics = pick(["", "127.0.0.1:1", "[::1]:65535"].map { SocketAddress($0) })
        settings.runtimeDirectory = pick(["/run/lvsdr", "/run/a b: #c", "/\u{fc}\\\""])
        for index in 0..<number(0...4 as ClosedRange<UInt16>) {
            settings.services.append(service(index, arp: chance() ? arp : pick(ARPMode.allCases)))
        }
        return settings
    }

    /// The index-th of its director: no two have the same VIP.
    mutating func service(_ index: UInt16, arp: ARPMode) -> VirtualService {
        let isIPv6 = chance()
        let scheduler = pick(Scheduler.allCases)
        let transport = pick(TransportProtocol.allCases)
        let ports = ports()
        var service = VirtualService(
            address: ServiceAddress(
                address: address(isIPv6, 1, index), ports: ports, transport: transport),
            scheduler: scheduler, arp: arp)
        service.schedulerFlags = Set(scheduler.flags.filter { _ in chance() })
        if chance() {
            let length = UInt8(number(1...(isIPv6 ? 128 : 32)))
            service.persistence = Persistence(timeout: number(1...2_678_400), prefixLength: length)
        }
        service.onePacket = transport == .udp && chance()
        service.onDown = pick(OnDownPolicy.allCases)
        service.check = chance() ? check(ports) : nil
        service.minimumUp = pick([0, 1, 131_072])
        service.sorryServer = chance() ? address(isIPv6, 3, index) : nil
        service.slowStart = pick([0, 1, 90, 86_400])
        service.realServers = (0..<UInt16(number(0...3))).map { real in
            realServer(address(isIPv6, 2, real), ports)
        }
        return service
    }

    mutating func realServer(_ address: IPAddress, _ ports: PortSet) -> RealServer {
        var real = RealServer(address: address, weight: pick([1, 0, .max]))
        if chance() {
            real.upperThreshold = number(2...UInt32.max)
            real.lowerThreshold = chance() ? number(0...real.upperThreshold - 1) : 0
        }
        real.check = pick([.services, RealServerCheck.none, .own(check(ports))])
        real.administrativeState = pick(AdministrativeState.allCases)
        if real.administrativeState == .draining { real.drainEnd = pick([nil, 0, 1_800_000_000]) }
        return real
    }

    mutating func ports() -> PortSet {
        let ranges =
            [80...80, 443...450, 8_000...8_000, 9_000...UInt16.max] as [ClosedRange<UInt16>]
        return PortSet(ranges.filter { _ in chance() }) ?? .any
    }

    private func mac(_ number: UInt64) -> MACAddress {
        MACAddress(rawValue: 0x0200_0000_0000 | number)
    }

    private mutating func address(_ isIPv6: Bool, _ network: UInt32, _ host: UInt16) -> IPAddress {
        let host = UInt32(host)
        return isIPv6
            ? IPAddress(high: 0xFD00_0000_0000_0000 + UInt64(network), low: UInt64(host))
            : IPAddress(ipv4: 0x0A00_0000 + network << 16 + host + 1)
    }
}

// MARK: - Checks

extension RandomSettings {
    mutating func check(_ ports: PortSet) -> HealthCheck {
        var check = HealthCheck(kind: kind(), interval: pick([2_000, 100, 1_500, 86_400_000]))
        check.timeout = pick([2_000, 1, 90_000])
        check.rise = pick([2, 1, 1_000])
        check.fall = pick([3, 1, 1_000])
        if check.kind.isNetworked { check.via = pick(CheckWay.allCases) }
        if check.kind != .icmp, check.kind.name != "file", chance() || ports.isAny {
            check.port = UInt16(number(1...65_535))
        }
        return check
    }

    private mutating func kind() -> CheckKind {
        let dns = DNSCheck(
            name: pick([".", "a.example.", "1.0"]), type: pick(DNSCheck.RecordType.allCases),
            answer: pick([nil, "10 mx.example.org.", "~"]))
        let udp = UDPCheck(
            payload: pick([[], [0, 255], Array("a\r\n\t".utf8), Array("\u{fc} x".utf8)]),
            reply: pick([nil, [7], Array(":".utf8)]), requiresReply: chance())
        let exec = ExecCheck(
            program: pick(["/bin/true", "/a b"]), arguments: pick([[], texts(), ["", "-", "5"]]),
            setsWeight: chance())
        return pick([
            .tcp, .http(http()), .dns(dns), .udp(udp), .icmp,
            .smtp(SMTPCheck(helloName: pick(["localhost", "[10.0.0.1]"]))), .exec(exec),
            .file(FileCheck(path: pick(["/run/up", "/\u{fc}\"'"]))),
        ])
    }

    private mutating func http() -> HTTPCheck {
        let isEncrypted = chance()
        return HTTPCheck(
            isEncrypted: isEncrypted, version: pick(HTTPCheck.Version.allCases),
            method: pick(["GET", "POST", "null", "#"]), path: pick(["/", "/a?b=%20&c=[]{}\"'"]),
            host: pick([nil, "a", "[fd00::1]:80", "yes"]),
            serverName: isEncrypted ? pick([nil, "a.example"]) : nil,
            headers: pick([
                [], texts().enumerated().map { HTTPCheck.Header(name: "X-\($0)", value: $1) },
                [HTTPCheck.Header(name: "#!~", value: "- a: [b]")],
            ]),
            statuses: pick([[200...299], [204...204], [100...599, 200...201]]),
            bodyContains: pick([nil, "\u{1F600}\n\r\t\u{7f}\u{2028}\u{E0001}\u{FFFE}", "~"]),
            bodyMatches: pick([nil, "^a+\\.[0-9]{1,3}$", "[*]"]),
            bodySHA256: pick([nil, String(repeating: "0123456789abcdef", count: 4)]),
            verifiesCertificate: isEncrypted && chance())
    }

    /// Texts that YAML could take for something else.
    private mutating func texts() -> [String] {
        let pieces = ["a", " ", ":", "#", "-", "'", "\"", "\\", "1", ".", "{", "*", "\u{fc}", "e"]
        return (0..<number(1...3)).map { _ in
            "x" + (0..<number(0...5)).map { _ in pick(pieces) }.joined()
                + pick(["", ":", "-", "e1"])
        }
    }
}

// MARK: - Drawing

extension RandomSettings {
    mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
        choices[Int.random(in: choices.indices, using: &random)]
    }

    mutating func chance() -> Bool { Bool.random(using: &random) }

    mutating func number<Number: FixedWidthInteger>(_ range: ClosedRange<Number>) -> Number {
        Number.random(in: range, using: &random)
    }
}
