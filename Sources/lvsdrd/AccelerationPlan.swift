// SPDX-License-Identifier: Apache-2.0

import DataPlane
import Glibc
import HostNetwork
import LVSModel
import Logging

/// Whether the data plane is to be accelerated, and by what; or why it is not.
struct AccelerationPlan {
    let means: LiveDataPlane.AccelerationMeans?
    /// A sentence for people, where it is not accelerated and they may want to know why.
    let reason: String?

    init(_ settings: DirectorSettings) {
        guard settings.acceleration != .off else {
            (means, reason) = (nil, nil)
            return
        }
        let interface = settings.interface
        guard let driver = InterfaceDriver(of: interface) else {
            (means, reason) = (nil, "no driver tells of \(interface)")
            return
        }
        let isVirtual = ["veth", "tun"].contains(driver.name)
        if isVirtual, settings.acceleration == .auto {
            (means, reason) = (nil, nil)
        } else if driver.takesTagsOff {
            (means, reason) = (nil, InterfaceDriver.tagsAdvice(interface))
        } else {
            (means, reason) = (isVirtual ? .redirection : .transmission, nil)
        }
    }
}

/// Whether the data plane is accelerated, or why it is not.
struct AccelerationState {
    private let isOn: Bool
    private let reason: String?

    init(plan: AccelerationPlan, refusal: DataPlaneError?) {
        isOn = plan.means != nil && refusal == nil
        reason = plan.reason ?? refusal.map(Self.words)
    }

    private static func words(_ refusal: DataPlaneError) -> String {
        switch refusal.code {
        case EBUSY: "another XDP program is on the interface: ip link show says which"
        case EOPNOTSUPP: "the interface's driver runs no XDP programs"
        default: "lvsdrd \(refusal)"
        }
    }

    /// What stays wrong as long as the daemon runs: acceleration was asked for, and is not there.
    func problems(_ settings: DirectorSettings) -> [String] {
        guard settings.acceleration == .on, let reason else { return [] }
        return ["not accelerated, though acceleration is on: \(reason)"]
    }

    func describe(to logger: Logger, _ settings: DirectorSettings) {
        for problem in problems(settings) { logger.warning("\(problem)") }
        if isOn {
            logger.info("accelerated by an XDP program on \(settings.interface)")
        } else if settings.acceleration == .auto, let reason {
            logger.notice("not accelerated: \(reason)")
        }
    }
}
