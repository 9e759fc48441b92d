// SPDX-License-Identifier: Apache-2.0

/// How it is found out whether a real server serves.
public struct HealthCheck: Hashable, Sendable {
    public var kind: CheckKind
    /// 1...65,535, host byte order; nil: the service's only or lowest port.
    public var port: UInt16?
    public var via: CheckWay
    /// Milliseconds from one check's start to the next, 100...86,400,000.
    public var interval: UInt32
    /// Milliseconds for a whole check, from the first packet to the last byte of the answer,
    /// 1...3,600,000.
    ///
    /// A real server that dies in silence gets no new flow after `interval` x `fall` + `timeout`. No
    /// check begins before the one before is over: where this is longer than the interval it takes
    /// `interval` + `fall` x `timeout`.
    public var timeout: UInt32
    /// So many passes in a row make it up, 1...1,000.
    public var rise: UInt16
    /// So many failures in a row make it down, 1...1,000.
    public var fall: UInt16

    public init(
        kind: CheckKind, port: UInt16? = nil, via: CheckWay = .vip, interval: UInt32 = 2_000,
        timeout: UInt32 = 2_000, rise: UInt16 = 2, fall: UInt16 = 3
    ) {
        self.kind = kind
        self.port = port
        self.via = via
        self.interval = interval
        self.timeout = timeout
        self.rise = rise
        self.fall = fall
    }
}

/// The address that a check asks.
public enum CheckWay: String, Hashable, Sendable, CaseIterable {
    /// The VIP, through the real server's MAC address: the way of a client's packet.
    case vip
    /// The real server's own address.
    case rip
}

/// What is asked, and what answer is right.
public indirect enum CheckKind: Hashable, Sendable {
    /// A connection is accepted.
    case tcp
    case http(HTTPCheck)
    case dns(DNSCheck)
    case udp(UDPCheck)
    /// An echo request is answered.
    case icmp
    case smtp(SMTPCheck)
    case exec(ExecCheck)
    case file(FileCheck)

    /// As the configuration file says it: `tcp`, `http`, `https`, `dns`, `udp`, `icmp`, `smtp`,
    /// `exec` or `file`.
    public var name: String {
        switch self {
        case .tcp: "tcp"
        case .http(let check): check.isEncrypted ? "https" : "http"
        case .dns: "dns"
        case .udp: "udp"
        case .icmp: "icmp"
        case .smtp: "smtp"
        case .exec: "exec"
        case .file: "file"
        }
    }

    /// Whether it asks over the network, so that it matters which address is asked.
    public var isNetworked: Bool {
        switch self {
        case .exec, .file: false
        default: true
        }
    }
}

/// A request whose answer has the right status and, where that is asked for, the right body.
public struct HTTPCheck: Hashable, Sendable {
    public struct Header: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public enum Version: String, Hashable, Sendable, CaseIterable {
        case http1 = "1.1"
        case http2 = "2"
    }

    /// https.
    public var isEncrypted: Bool
    public var version: Version
    /// Such as `GET`, `HEAD`.
    public var method: String
    /// It begins with `/`.
    public var path: String
    /// The field Host; nil: the VIP, with the port where it is not the scheme's own.
    public var host: String?
    /// The name in TLS's server name indication, and in the certificate; nil: `host`.
    public var serverName: String?
    public var headers: [Header]
    /// What is right, each 100...599.
    public var statuses: [ClosedRange<UInt16>]
    /// A text that stands somewhere in the body.
    public var bodyContains: String?
    /// A regular expression (pcre2pattern(3)) that matches somewhere in the body; `^` and `$` are the
    /// ends of a line.
    public var bodyMatches: String?
    /// Of the whole body, 64 hexadecimal digits in lower case.
    public var bodySHA256: String?
    /// https: the certificate is one that the host trusts, and it is for the name.
    public var verifiesCertificate: Bool

    public init(
        isEncrypted: Bool = false, version: Version = .http1, method: String = "GET",
        path: String = "/", host: String? = nil, serverName: String? = nil,
        headers: [Header] = [], statuses: [ClosedRange<UInt16>] = [200...299],
        bodyContains: String? = nil, bodyMatches: String? = nil, bodySHA256: String? = nil,
        verifiesCertificate: Bool = false
    ) {
        self.isEncrypted = isEncrypted
        self.version = version
        self.method = method
        self.path = path
        self.host = host
        self.serverName = serverName
        self.headers = headers
        self.statuses = statuses
        self.bodyContains = bodyContains
        self.bodyMatches = bodyMatches
        self.bodySHA256 = bodySHA256
        self.verifiesCertificate = verifiesCertificate
    }
}

/// A question over UDP that is answered without an error (RFC 1035).
public struct DNSCheck: Hashable, Sendable {
    public enum RecordType: String, Hashable, Sendable, CaseIterable {
        case a = "A"
        case ns = "NS"
        case cname = "CNAME"
        case soa = "SOA"
        case ptr = "PTR"
        case mx = "MX"
        case txt = "TXT"
        case aaaa = "AAAA"
        case srv = "SRV"
    }

    /// `.` is the root.
    public var name: String
    public var type: RecordType
    /// One of the answers' texts, such as an address or a name; nil: any answer without an error.
    public var answer: String?

    public init(name: String = ".", type: RecordType = .soa, answer: String? = nil) {
        self.name = name
        self.type = type
        self.answer = answer
    }
}

/// A datagram that is answered.
public struct UDPCheck: Hashable, Sendable {
    /// At most 1,024 bytes.
    public var payload: [UInt8]
    /// What the answer begins with; nil: any answer will do.
    public var reply: [UInt8]?
    /// Without it, silence is right too, and only an ICMP error is wrong.
    public var requiresReply: Bool

    public init(payload: [UInt8] = [], reply: [UInt8]? = nil, requiresReply: Bool = true) {
        self.payload = payload
        self.reply = reply
        self.requiresReply = requiresReply
    }
}

/// A greeting, and an answer to HELO (RFC 5321).
public struct SMTPCheck: Hashable, Sendable {
    public var helloName: String

    public init(helloName: String = "localhost") {
        self.helloName = helloName
    }
}

/// A program that ends with status 0. It finds the addresses in its environment: `LVSDR_VIP`,
/// `LVSDR_RIP`, `LVSDR_PORT`, `LVSDR_PROTOCOL`.
public struct ExecCheck: Hashable, Sendable {
    /// An absolute path.
    public var program: String
    public var arguments: [String]
    /// Status 2...255 passes as well and gives the weight, two less (keepalived's `misc_dynamic`).
    public var setsWeight: Bool

    public init(program: String, arguments: [String] = [], setsWeight: Bool = false) {
        self.program = program
        self.arguments = arguments
        self.setsWeight = setsWeight
    }
}

/// A file that is there. When it is empty the weight stays, a number in it is the weight.
public struct FileCheck: Hashable, Sendable {
    /// Absolute.
    public var path: String

    public init(path: String) {
        self.path = path
    }
}

/// Which check a real server has.
public enum RealServerCheck: Hashable, Sendable {
    /// The service's, if it has one.
    case services
    case none
    case own(HealthCheck)
}
