// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import ControlServer
import LVSModel

/// The director as the control socket asks it.
struct ControlAdapter: ControlSource {
    let director: Director

    func status() async -> DirectorStatus {
        await director.status()
    }

    func services() async -> [ServiceStatus] {
        await director.services()
    }
}
