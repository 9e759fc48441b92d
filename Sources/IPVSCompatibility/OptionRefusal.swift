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
        case .numeric: "\(spelling) goes with lists, not with rules"
        default: misplacement(in: command)
        }
    }

    /// Options of a real server do not go with `-A`, those of a service not with `-a`.
    private func misplacement(in command: GivenOption) -> String? {
        switch option {
        case .scheduler, .schedulerFlags, .persistent, .netmask, .onePacket:
            command.option == .addServer
                ? "\(spelling) goes with -A, not with \(command.spelling)" : nil
        case .realServer, .gatewaying, .weight, .upperThreshold, .lowerThreshold:
            command.option == .addService
                ? "\(spelling) goes with -a, not with \(command.spelling)" : nil
        default: nil
        }
    }
}
