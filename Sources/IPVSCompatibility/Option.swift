// SPDX-License-Identifier: Apache-2.0

/// What ipvsadm's command line is made of: commands and options, each with its spellings.
enum Option: String, CaseIterable {
    case addService = "add-service"
    case editService = "edit-service"
    case deleteService = "delete-service"
    case clear
    case restore
    case save
    case addServer = "add-server"
    case editServer = "edit-server"
    case deleteServer = "delete-server"
    case list
    case zero
    case set
    case help
    case startDaemon = "start-daemon"
    case stopDaemon = "stop-daemon"
    case tcpService = "tcp-service"
    case udpService = "udp-service"
    case sctpService = "sctp-service"
    case firewallMark = "fwmark-service"
    case scheduler
    case schedulerFlags = "sched-flags"
    case persistent
    case netmask
    case persistenceEngine = "pe"
    case onePacket = "ops"
    case realServer = "real-server"
    case gatewaying
    case masquerading
    case tunneling = "ipip"
    case weight
    case upperThreshold = "u-threshold"
    case lowerThreshold = "l-threshold"
    case numeric
    case ipv6
    case connection
    case timeout
    case daemon
    case stats
    case rate
    case thresholds
    case persistentConnections = "persistent-conn"
    case exact
    case sort
    case noSort = "nosort"

    /// Whether a value comes with it.
    enum Value {
        case none
        case required
        /// The next word, unless that is an option.
        case optional
    }

    /// Of a line these come once, and say what it does.
    var isCommand: Bool {
        switch self {
        case .addService, .editService, .deleteService, .clear, .restore, .save, .addServer,
            .editServer, .deleteServer, .list, .zero, .set, .help, .startDaemon, .stopDaemon:
            true
        default: false
        }
    }

    var value: Value {
        switch self {
        case .tcpService, .udpService, .sctpService, .firewallMark, .scheduler, .schedulerFlags,
            .netmask, .persistenceEngine, .realServer, .weight, .upperThreshold, .lowerThreshold,
            .startDaemon, .stopDaemon:
            .required
        case .persistent: .optional
        default: .none
        }
    }

    /// Its letters, the usual one first; empty for an option that has only a name.
    var letters: String {
        switch self {
        case .addService: "A"
        case .editService: "E"
        case .deleteService: "D"
        case .clear: "C"
        case .restore: "R"
        case .save: "S"
        case .addServer: "a"
        case .editServer: "e"
        case .deleteServer: "d"
        case .list: "Ll"
        case .zero: "Z"
        case .tcpService: "t"
        case .udpService: "u"
        case .firewallMark: "f"
        case .scheduler: "s"
        case .schedulerFlags: "b"
        case .persistent: "p"
        case .netmask: "M"
        case .onePacket: "oO"
        case .realServer: "r"
        case .gatewaying: "g"
        case .masquerading: "m"
        case .tunneling: "i"
        case .weight: "w"
        case .upperThreshold: "x"
        case .lowerThreshold: "y"
        case .numeric: "n"
        case .ipv6: "6"
        case .connection: "c"
        case .help: "h"
        case .set, .sctpService, .persistenceEngine, .startDaemon, .stopDaemon, .timeout, .daemon,
            .stats, .rate, .thresholds, .persistentConnections, .exact, .sort, .noSort:
            ""
        }
    }

    var name: String { rawValue }
}
