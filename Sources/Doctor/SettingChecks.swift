// SPDX-License-Identifier: Apache-2.0

import HostSetup
import LVSModel

/// The host's settings and addresses, as `lvsdr director` makes them.
enum SettingChecks {
    /// - Parameter apply: the command that makes the host fit.
    static func findings(_ requirements: [Setup.Finding], apply: String) -> [Finding] {
        requirements.map { requirement in
            let (check, why) = meaning(of: requirement.requirement)
            let subject = requirement.requirement.subject
            guard !requirement.isMet else {
                return .ok(check, subject, "is \(requirement.actual)")
            }
            let found =
                "is \(requirement.actual), should be \(requirement.requirement.expected)"
            return check == .vipHeld || check == .rpFilter
                ? .broken(check, subject, found, why: why, mend: apply)
                : .warning(check, subject, found, why: why, mend: apply)
        }
    }

    private static func meaning(of requirement: Requirement) -> (Check, why: String) {
        switch requirement {
        case .address:
            (
                .vipHeld,
                "its services say arp: host, and nobody answers ARP for an address that nobody has"
            )
        case .setting(.forwarding, _):
            (
                .ipForward,
                """
                a director is no gateway: while lvsdrd does not run, this host would route packets \
                for the VIPs, and real servers that use it as their gateway go unnoticed
                """
            )
        case .setting(let setting, _):
            setting.parts.last == "rp_filter"
                ? (
                    .rpFilter,
                    "the host drops what clients send to a VIP when the way back is another"
                )
                : (
                    .sendRedirects,
                    "the host would tell clients of a shorter way, past the director"
                )
        }
    }

    /// A VIP that the data plane answers for, and the host's kernel as well.
    static func vipsHeld(
        _ services: [VirtualService], _ holders: [IPAddress: String]
    ) -> [Finding] {
        let vips = Set(services.filter { $0.arp == .director }.map(\.address.address))
        return vips.sorted().map { vip in
            guard let holder = holders[vip] else {
                return .ok(
                    .vipHeld, "\(vip)", "no interface holds it: the data plane answers for it")
            }
            return .warning(
                .vipHeld, "\(vip)", "\(holder) holds it, and its services do not say arp: host",
                why: "the host's kernel answers for it as well, also while lvsdrd does not run",
                mend: "ip address del \(vip)/\(vip.family.bitCount) dev \(holder)")
        }
    }
}
