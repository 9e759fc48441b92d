// SPDX-License-Identifier: Apache-2.0

import LVSModel

// What is looked at once a second.
extension Director {
    func watchSeconds() async {
        let second = Duration.seconds(1)
        var due = timeline.elapsed() + second
        while !Task.isCancelled {
            do {
                try await timeline.sleep(due)
            } catch {
                // Cancelled: the director stops.
                return
            }
            await look()
            await guardVIPs()
            due = max(due, timeline.elapsed() - second) + second
        }
    }

    /// Reads the counters when somebody needs them: for rates, and for those that drain.
    private func look() async {
        // What could not be written is tried again.
        if record.failure != nil { caller.yield() }
        let now = timeline.elapsed()
        // Only those that were draining before the counters are read: their last flow is in them.
        let drains = drains
        let wantsRates = meter.wantsReading(of: drains.realServerCount, at: now)
        if !wantsRates { meter.rest() }
        guard wantsRates || !drains.isEmpty else { return }
        let counters = await plane.counters()
        if wantsRates { meter.read(counters, at: now) }
        // While a transaction is open a real server that drains may have no index.
        guard transaction == nil, !drains.isEmpty else { return }
        let ready = drains.ready(at: wallClock() / 1000) { key in
            guard self.drains.contains(key) else { return nil }
            return counters.realServers[reconciler.indexes.index(of: key)]?.flows
        }
        guard !ready.isEmpty else { return }
        requests.append(ChangeRequest(wish: .removeDrained(ready)) { _ in })
        caller.yield()
    }
}
