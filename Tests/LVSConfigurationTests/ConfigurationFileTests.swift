// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Testing

@testable import LVSConfiguration

@Suite("A file that is right becomes settings")
struct ConfigurationFileTests {
    @Test("the seed's file gives the seed's services")
    func seed() throws {
        let vip = try #require(IPAddress("192.168.142.100"))
        let first = try #require(IPAddress("192.168.142.5"))
        let second = try #require(IPAddress("192.168.142.6"))
        let service = VirtualService(
            address: ServiceAddress(address: vip, port: 80, transport: .tcp), scheduler: .rr,
            realServers: [RealServer(address: first), RealServer(address: second)])
        let expected = DirectorSettings(interface: "eth0", services: [service])
        #expect(try settings(Refusal.seed) == expected)
    }

    @Test("the example that is installed parses, and is the seed's deployment")
    func example() throws {
        let top = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let example = try ConfigurationFile.read(path: "/\(top)/systemd/lvsdr.yaml")
        #expect(try example == settings(Refusal.seed))
    }

    @Test("the keys that it shows in comments are their defaults, or parse in their places")
    func comments() throws {
        let top = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try FileText.read(path: "/\(top)/systemd/lvsdr.yaml")
        let defaults = text.replacing(#/(?m)^( *)#([a-z-]+: )/#) { "\($0.output.1)\($0.output.2)" }
        #expect(defaults != text)
        var expected = try settings(Refusal.seed)
        expected.workers = 1
        #expect(try settings(defaults) == expected)
        let more = #/(?m)^    #   (persistence(-mask)?: )/#
        #expect(text.matches(of: more).count == 2)
        let persistent = try settings(text.replacing(more) { "    \($0.output.1)" })
        let persistence = Persistence(timeout: 300, prefixLength: 24)
        #expect(persistent.services.map(\.persistence) == [persistence])
        let ports = text.matches(of: #/#   (?<ports>ports: (\[.*\]|\S+))/#).map(\.output.ports)
        #expect(ports.count == 3)
        for ports in ports {
            #expect(
                try settings(Refusal.seed.replacing("port: 80", with: ports)).services.count == 1)
        }
    }

    @Test("the check that it shows in comments has all that is for http, and parses in its place")
    func exampleCheck() throws {
        let top = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try FileText.read(path: "/\(top)/systemd/lvsdr.yaml")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let block = lines.drop { $0 != "    #   check:" }.prefix { $0.hasPrefix("    #   ") }
        let check = block.map { "    " + $0.dropFirst("    #   ".count) }.joined(separator: "\n")
        let seed = Refusal.seed.replacing(
            "    scheduler: rr\n", with: "    scheduler: rr\n\(check)\n")
        let read = try #require(try settings(seed).services.first?.check)
        let http = HTTPCheck(
            host: "www.example.org", bodyContains: "all is well", bodyMatches: "^ready: [0-9]+$",
            bodySHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(read == HealthCheck(kind: .http(http), port: 80))
        for key in CheckKey.allCases {
            #expect(check.contains("\(key.rawValue): ") || check.contains("`\(key.rawValue)"))
        }
        for kind in CheckKey.Kind.allCases { #expect(check.contains(kind.rawValue)) }
    }

    @Test("keys that it shows without a default parse in their places")
    func exampleKeys() throws {
        let top = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try FileText.read(path: "/\(top)/systemd/lvsdr.yaml")
        let keys = #/(?m)^( *)#   ((?:metrics|peers|sorry-server|check|drain-until): )/#
        #expect(text.matches(of: keys).count == 5)
        let all = text.replacing(keys) { "\($0.output.1)\($0.output.2)" }
            .replacing("#state: enabled", with: "state: draining")
        let read = try settings(all)
        let service = try #require(read.services.first)
        #expect(read.metrics == SocketAddress("127.0.0.1:9707"))
        #expect(read.peers == [MACAddress(rawValue: 0x0200_0000_000A)])
        #expect(service.sorryServer == IPAddress("192.168.142.9"))
        #expect(service.realServers.first?.check == RealServerCheck.none)
        #expect(service.realServers.first?.drainEnd == 1_800_000_000)
    }

    @Test("every key is taken")
    func everything() throws {
        let text = """
            interface: "bond0.12"   # comments & "quotes" are no trouble, nor is *this
            arp: host
            source-mac: preserve
            flow-capacity: 1024
            workers: 64
            no-flow: schedule
            no-real-server: reset
            answers-per-second: 0
            peers: [02:00:00:00:00:0A, "02:00:00:00:00:10"]
            runtime-directory: '/run/lvsdr it''s'
            timeouts: {tcp: 90, tcp-fin: "45s", udp: 168h}
            services:
            - address: 10.0.0.1
              ports: [53, 853]
              protocol: udp
              scheduler: wrr
              scheduler-flags: []
              persistence: 2h
              persistence-mask: 24
              one-packet: true
              on-down: keep
              arp: director
              real-servers:
              - {address: 10.0.1.1, weight: 0, port: 53, upper-threshold: 9, lower-threshold: 1}
              - {"address":"10.0.1.2","weight":65535}
            """
        let settings = try settings(text)
        #expect(settings.interface == "bond0.12")
        #expect(settings.sourceMAC == .preserve)
        #expect(settings.flowCapacity == 1_024)
        #expect(settings.workers == 64)
        #expect(settings.peers.map(\.description) == ["02:00:00:00:00:0a", "02:00:00:00:00:10"])
        let answers = AnswerPolicy(noFlow: .schedule, noRealServer: .reset, perSecond: 0)
        #expect(settings.answers == answers)
        #expect(settings.runtimeDirectory == "/run/lvsdr it's")
        #expect(settings.timeouts == FlowTimeouts(tcp: 90, tcpFin: 45, udp: 604_800))
        let service = try #require(settings.services.first)
        #expect(service.address.description == "UDP 10.0.0.1:53,853")
        #expect(service.scheduler == .wrr)
        #expect(service.arp == .director)
        #expect(service.persistence == Persistence(timeout: 7_200, prefixLength: 24))
        #expect(service.onePacket)
        #expect(service.onDown == .keep)
        #expect(service.realServers.map(\.weight) == [0, 65_535])
        #expect(service.realServers.map(\.upperThreshold) == [9, 0])
        #expect(service.realServers.map(\.lowerThreshold) == [1, 0])
    }

    @Test("what is left out has its default")
    func defaults() throws {
        let expected = DirectorSettings(interface: "eth0")
        #expect(try settings("interface: eth0\nservices: []\n") == expected)
        #expect(try settings("---\ninterface: eth0\nservices: []\n...\n") == expected)
        #expect(try settings("\u{feff}interface: eth0\r\nservices: []\r\n") == expected)
        #expect(try settings(#"{"interface": "eth0", "services": []}"#) == expected)
    }

    @Test("a service takes the file's arp, and services of different VIPs may differ")
    func arp() throws {
        let text = """
            interface: eth0
            arp: host
            services:
              - {address: 10.0.0.1, port: 80, scheduler: rr, real-servers: []}
              - {address: 10.0.0.1, port: 80, protocol: udp, scheduler: rr, real-servers: []}
              - {address: 10.0.0.2, port: 80, scheduler: rr, real-servers: [], arp: director}
            """
        #expect(try settings(text).services.map(\.arp) == [.host, .host, .director])
    }

    @Test("one real server may serve several services")
    func shared() throws {
        let text = """
            interface: eth0
            services:
              - {address: 10.0.0.1, port: 80, scheduler: rr, real-servers: [{address: 10.0.1.1}]}
              - {address: 10.0.0.1, port: 81, scheduler: rr, real-servers: [{address: 10.0.1.1}]}
            """
        #expect(try settings(text).services.map(\.realServers.count) == [1, 1])
    }

    @Test("a thousand services with ten real servers each")
    func large() throws {
        var text = "interface: eth0\nservices:\n"
        for index in 0..<1_000 {
            text += "  - address: 10.1.\(index / 250).\(index % 250 + 1)\n    port: 80\n"
            text += "    scheduler: wrr\n    real-servers:\n"
            for real in 1...10 {
                text += "      - address: 10.2.0.\(real)\n        weight: \(real)\n"
            }
        }
        let services = try settings(text).services
        #expect(services.count == 1_000)
        #expect(services.reduce(0) { $0 + $1.realServers.count } == 10_000)
    }
}

@Suite("All errors of a file are told at once")
struct ConfigurationFailureTests {
    @Test("in the order of the file, a line each")
    func order() {
        let text = """
            interface: eth/0
            services:
              - {address: 10.0.0.1, port: 0, scheduler: xx, real-servers: [{address: 10.0.0.1}]}
              - {address: 10.0.0.1, port: 80, arp: host, scheduler: rr, real-servers: []}
            arp: maybe
            """
        let failure = #expect(throws: ConfigurationFailure.self) { try settings(text) }
        let places = failure?.errors.compactMap(\.position).map { [$0.line, $0.column] }
        #expect(places == [[1, 12], [3, 31], [3, 45], [3, 74], [4, 40], [5, 6]])
        #expect(failure?.description.split(separator: "\n").count == 6)
    }

    @Test("twenty are shown, the others counted")
    func many() {
        let services = String(repeating: "  - {}\n", count: 1_500)
        let failure = #expect(throws: ConfigurationFailure.self) {
            try settings("interface: eth0\nservices:\n" + services)
        }
        #expect(failure?.errors.count == 20)
        #expect(failure?.omitted == 5_980)
        #expect(failure?.description.hasSuffix("\nand 5980 more") == true)
    }

    @Test("a long or broken text is shown short, on one line")
    func quotation() {
        let name = "a\\n" + String(repeating: "b", count: 100_000)
        let failure = #expect(throws: ConfigurationFailure.self) {
            try settings("interface: \"\(name)\"\nservices: []")
        }
        let line = failure?.description ?? ""
        #expect(line.count < 250 && !line.contains("\n"))
    }
}

@Suite("The file is read whole, or refused with a sentence")
struct FileTextTests {
    @Test(
        "a path that is no readable file",
        arguments: [
            (
                "/nonexistent/lvsdr.yaml",
                "/nonexistent/lvsdr.yaml: no such file; expected a readable"
            ),
            ("/etc/passwd/lvsdr.yaml", "no such file"),
            ("/", "it is a folder"),
            ("/dev/zero", "it is no regular file"),
            ("/" + String(repeating: "a", count: 300), "File name too long"),
        ])
    func unreadable(_ path: String, _ part: String) {
        let failure = #expect(throws: ConfigurationFailure.self) {
            try ConfigurationFile.read(path: path)
        }
        #expect(failure?.errors.first?.position == nil)
        #expect(failure?.description.contains(part) == true, "\(failure as Any)")
    }

    @Test("a missing permission is named")
    func permission() {
        let error = FileText.refusal(of: "lvsdr.yaml", errno: EACCES)
        #expect(error.description.hasPrefix("lvsdr.yaml: permission to read the file is missing;"))
    }

    @Test("a FIFO is refused, not waited for")
    func fifo() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/fifo"
            #expect(unsafe mkfifo(path, 0o600) == 0)
            let failure = #expect(throws: ConfigurationFailure.self) {
                try ConfigurationFile.read(path: path)
            }
            #expect(failure?.description.contains("it is no regular file") == true)
        }
    }

    @Test("bytes that are not UTF-8 have a place")
    func encoding() throws {
        let bytes = Array("interface: eth0\n# \u{fc}".utf8) + [0xFF, 0x0A]
        let failure = try failure(reading: bytes)
        #expect(failure?.errors.first?.position == Position(line: 2, column: 4))
        #expect(failure?.description.contains("a byte that is not UTF-8") == true)
    }

    @Test("more than 32 MiB are not read")
    func size() throws {
        let failure = try failure(reading: [], length: 32 << 20 + 1)
        #expect(failure?.description.contains("the file is larger than 32 MiB") == true)
    }

    @Test("a right file is read")
    func right() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/lvsdr.yaml"
            try write(Array(Refusal.seed.utf8), to: path)
            #expect(try ConfigurationFile.read(path: path) == settings(Refusal.seed))
        }
    }

    private func failure(
        reading bytes: [UInt8], length: Int? = nil
    ) throws -> ConfigurationFailure? {
        try withTemporaryFolder { folder in
            let path = folder + "/lvsdr.yaml"
            try write(bytes, to: path)
            if let length { #expect(unsafe truncate(path, length) == 0) }
            return #expect(throws: ConfigurationFailure.self) {
                try ConfigurationFile.read(path: path)
            }
        }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let descriptor = unsafe open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        #expect(unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }

    private func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        var template = Array("/tmp/lvsdr-configuration-XXXXXX".utf8CString)
        let made = unsafe mkdtemp(&template).map { unsafe String(cString: $0) }
        let folder = try #require(made)
        defer {
            for name in ["fifo", "lvsdr.yaml"] { unsafe unlink("\(folder)/\(name)") }
            unsafe rmdir(folder)
        }
        return try body(folder)
    }
}
