// SPDX-License-Identifier: Apache-2.0

extension GivenOption {
    /// Why a rule with this command can not have the option; nil when it can.
    func refusal(in command: GivenOption) -> String? {
        switch option {
        case .sctpService: "\(spelling): SCTP is not served; expected -t or -u"
        case .firewallMark:
            "\(spelling): a firewall mark names no address that frames at layer 2 could be known "
                + "by; expected -t or -u"
        case .masquerading:
            "\(spelling) (masquerading) is not direct routing; expected -g"
        case .tunneling: "\(spelling) (tunneling) is not direct routing; expected -g"
        case .persistenceEngine:
            "\(spelling): persistence by what a packet says is not served; expected -p without"
        case .onePacket where spelling == "-O":
            "\(spelling) is no option of ipvsadm 1.31; expected -o for one-packet scheduling"
        case .startDaemon, .stopDaemon:
            "\(spelling): flows are not told to another director; with a hash scheduler such as "
                + "maglev both pick the same"
        default: misplacement(in: command)
        }
    }

    /// Each option goes with some commands.
    private func misplacement(in command: GivenOption) -> String? {
        let commands = self.commands
        guard !commands.isEmpty, !commands.contains(command.option) else { return nil }
        let letters = commands.map {
            $0.letters.isEmpty ? "--\($0.name)" : "-\($0.letters.prefix(1))"
        }
        return "\(spelling) goes with \(letters.joined(separator: ", ")), not with "
            + "\(command.spelling)"
    }

    /// The commands that it goes with; none for one that goes with all, or is one.
    private var commands: [Option] {
        switch option {
        case .scheduler, .schedulerFlags, .persistent, .netmask, .onePacket:
            [.addService, .editService]
        case .gatewaying, .weight, .upperThreshold, .lowerThreshold: [.addServer, .editServer]
        case .realServer: [.addServer, .editServer, .deleteServer]
        case .tcpService, .udpService:
            [
                .addService, .editService, .deleteService, .addServer, .editServer, .deleteServer,
                .list, .zero,
            ]
        case .numeric: [.list, .save]
        case .connection, .timeout, .daemon, .stats, .rate, .thresholds, .persistentConnections,
            .exact, .sort, .noSort:
            [.list]
        default: []
        }
    }
}
