// SPDX-License-Identifier: Apache-2.0

/// What is looked at; the names are those that people and programs see.
public enum Check: String, Hashable, Sendable, CaseIterable {
    case capabilities
    case interface
    case speed
    case mtu
    case offloads
    case ipForward = "ip-forward"
    case sendRedirects = "send-redirects"
    case rpFilter = "rp-filter"
    case vipHeld = "vip-held"
    case vipClaims = "vip-claims"
    case packetSockets = "packet-sockets"
    case bridgeFilter = "bridge-netfilter"
    case neighbourTable = "neighbour-table"
    case flowFile = "flow-file"
    case realRoute = "real-route"
    case realMAC = "real-mac"
    case realMACShared = "real-mac-shared"
    case realMTU = "real-mtu"
    case realVIP = "real-vip"
    case realPort = "real-port"
    case realARP = "real-arp"
    case realGateway = "real-gateway"
}

/// What a check found of one subject.
public struct Finding: Hashable, Sendable {
    public enum Severity: String, Hashable, Sendable, Comparable, CaseIterable {
        case ok
        /// It could not be seen; that is no `ok`.
        case notChecked = "not-checked"
        /// It works, or may; not as it should.
        case warning
        /// Clients are not served as the configuration says.
        case broken

        public static func < (left: Severity, right: Severity) -> Bool {
            left.rank < right.rank
        }

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    public let check: Check
    public let severity: Severity
    /// What it is about: an interface, a setting, a real server.
    public let subject: String
    public let found: String
    /// Why it matters; empty when it is ok.
    public let why: String
    /// The command, or the deed, that mends it; empty when it is ok.
    public let mend: String

    static func ok(_ check: Check, _ subject: String, _ found: String) -> Finding {
        Finding(
            check: check, severity: .ok, subject: subject, found: found, why: "", mend: "")
    }

    static func notChecked(
        _ check: Check, _ subject: String, because reason: String, mend: String
    ) -> Finding {
        Finding(
            check: check, severity: .notChecked, subject: subject,
            found: "not checked, because \(reason)", why: "what was not checked may be broken",
            mend: mend)
    }

    static func warning(
        _ check: Check, _ subject: String, _ found: String, why: String, mend: String
    ) -> Finding {
        Finding(
            check: check, severity: .warning, subject: subject, found: found, why: why, mend: mend)
    }

    static func broken(
        _ check: Check, _ subject: String, _ found: String, why: String, mend: String
    ) -> Finding {
        Finding(
            check: check, severity: .broken, subject: subject, found: found, why: why, mend: mend)
    }
}
