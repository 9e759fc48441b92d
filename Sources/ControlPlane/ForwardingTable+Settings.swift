// SPDX-License-Identifier: Apache-2.0

import LVSModel

extension ForwardingTable.Service {
    /// What is asked for, with what is known of its real servers.
    init(_ state: ServiceState, at now: Duration) {
        let slowStart = state.settings.slowStart
        var realServers = state.realServers.map { real in
            var entry = ForwardingTable.Real(
                index: real.index, realServer: real.wanted, isDown: real.isDown,
                link: real.reach.link)
            entry.weight = real.weight(over: slowStart, at: now)
            return entry
        }
        if let sorry = state.sorry {
            realServers.append(
                ForwardingTable.Real(
                    sorry, serves: state.servingSorry == sorry.address,
                    scheduler: state.settings.scheduler))
        }
        self.init(index: state.index, service: state.settings, realServers: realServers)
    }
}

extension ForwardingTable.Real {
    /// While it does not serve it takes no new flows, and those that it has go on. `sh` and `dh`
    /// would give it clients at weight 0 too, as IPVS's do: there it is down instead.
    fileprivate init(_ sorry: ServiceState.SorryServer, serves: Bool, scheduler: Scheduler) {
        self.init(
            index: sorry.index,
            realServer: RealServer(address: sorry.address, weight: serves ? 1 : 0),
            isDown: !serves && [.sh, .dh].contains(scheduler), link: sorry.reach.link)
    }
}
