// SPDX-License-Identifier: Apache-2.0

import DataPlane
import Glibc
import HostNetwork
import LVSModel
import Logging

/// What the frames are to come by; or why it is not what was asked for.
struct PortPlan {
    let kind: PortKind
    /// A sentence for people.
    let reason: String?

    init(_ settings: DirectorSettings) {
        let interface = settings.interface
        if settings.port == .xdp, InterfaceDriver(of: interface)?.takesTagsOff == true {
            (kind, reason) = (.packet, InterfaceDriver.tagsAdvice(interface))
        } else {
            (kind, reason) = (settings.port, nil)
        }
    }
}

/// What the frames come by, and why that is not what was asked for.
struct PortState {
    private let port: PortInUse
    private let reason: String?

    init(plan: PortPlan, plane: LiveDataPlane) {
        port = plane.port
        reason = plan.reason ?? plane.portRefusal.map(Self.words)
    }

    private static func words(_ refusal: DataPlaneError) -> String {
        switch refusal.code {
        case EBUSY:
            "another XDP program or AF_XDP socket is on the interface: ip link show says which program"
        case EAFNOSUPPORT: "lvsdrd may not open AF_XDP sockets; systemd/af-xdp.conf lets it"
        case EOPNOTSUPP: "the interface's driver runs no XDP programs"
        case EMSGSIZE: "the interface's MTU is above 3826 bytes, and larger frames fit no page"
        case E2BIG: "the interface has more than 64 receive queues; ethtool -L makes them fewer"
        case ENOBUFS:
            "lvsdrd may not lock 4 MiB of memory for each queue, of 32 that are best: ulimit -l"
        default: "lvsdrd \(refusal)"
        }
    }

    /// What stays wrong as long as the daemon runs.
    func problems(_ settings: DirectorSettings) -> [String] {
        reason.map { ["AF_PACKET, though port is xdp: \($0)"] } ?? []
    }

    func describe(to logger: Logger, _ settings: DirectorSettings) {
        for problem in problems(settings) { logger.warning("\(problem)") }
        if port != .packet {
            let copies = port == .xdpCopy ? "with a copy of each frame" : "without copies"
            logger.info("AF_XDP on \(settings.interface), \(copies)")
        }
    }
}

extension InterfaceDriver {
    /// VLAN tags are gone before an XDP program sees the frames.
    var takesTagsOff: Bool { features["rx-vlan-hw-parse"] == true }

    static func tagsAdvice(_ interface: String) -> String {
        """
        \(interface) takes VLAN tags off before an XDP program sees the frames; let them stand: \
        ethtool -K \(interface) rxvlan off
        """
    }
}
