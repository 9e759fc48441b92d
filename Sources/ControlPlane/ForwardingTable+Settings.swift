// SPDX-License-Identifier: Apache-2.0

import LVSModel

extension ForwardingTable {
    /// What is asked for, with what is known of how to reach it.
    ///
    /// - Parameter indexes: they have one for each service and real server of the settings.
    init(
        ingress: Interface, settings: DirectorSettings, indexes: IndexAllocation,
        reachability: [RealServerKey: Reachability]
    ) {
        let services = settings.services.map { service in
            Service(
                index: indexes.index(of: service.address), service: service,
                realServers: service.realServers.map { real in
                    let key = RealServerKey(service: service.address, address: real.address)
                    return Real(
                        index: indexes.index(of: key), realServer: real,
                        link: reachability[key]?.link)
                })
        }
        self.init(
            ingress: ingress, sourceMAC: settings.sourceMAC, timeouts: settings.timeouts,
            answers: settings.answers,
            services: services)
    }
}
