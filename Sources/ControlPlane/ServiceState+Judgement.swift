// SPDX-License-Identifier: Apache-2.0

import LVSModel

extension ServiceState {
    /// Finds out what follows from all that is known. Returns whether the forwarding table's entry
    /// is another one now.
    mutating func judge(_ host: HostView, at now: Duration) -> Bool {
        for position in realServers.indices {
            realServers[position].reach = host.reachability(
                of: realServers[position].wanted.address)
            tellCondition(at: position)
        }
        holdFloor()
        grow(at: now)
        judgeSorryServer(host)
        let next = ForwardingTable.Service(self, at: now)
        guard next != entry else { return false }
        entry = next
        return true
    }

    private mutating func tellCondition(at position: Int) {
        let real = realServers[position]
        let condition = real.condition
        guard condition != real.told else { return }
        let key = RealServerKey(service: settings.address, address: real.wanted.address)
        let event = condition.event(of: key, after: real.told)
        if let event { tell(event) }
        if event != nil || condition.health == .up { realServers[position].told = condition }
    }

    /// Takes out whose check fails, apart from the last ones: as many as the floor lacks.
    private mutating func holdFloor() {
        var lacking =
            Int(settings.minimumUp) - realServers.count { $0.isServing && $0.wholeWeight > 0 }
        var candidates: [Int] = []
        for position in realServers.indices {
            let real = realServers[position]
            let mayStay = real.isEnabled && real.wholeWeight > 0 && !real.isOut
            if real.isFailing && mayStay && lacking > 0 {
                candidates.append(position)
            } else {
                realServers[position].isOut = real.isFailing
            }
        }
        // One without a MAC address does not fill the floor, and yet is not taken out by its check:
        // it is there at once when it has one again.
        candidates.sort { realServers[$0].staysBefore(realServers[$1]) }
        for position in candidates {
            realServers[position].isOut = lacking <= 0
            if realServers[position].isHeld { lacking -= 1 }
        }
        let held = realServers.filter(\.isHeld).map(\.wanted.address)
        if isAtFloor == held.isEmpty {
            tell(
                held.isEmpty
                    ? .floorLeft(settings.address)
                    : .floorReached(
                        settings.address, minimumUp: settings.minimumUp, held: held.sorted()))
        }
        isAtFloor = !held.isEmpty
        kept = realServers.filter { $0.isFailing && !$0.isOut }.map(\.wanted.address).sorted()
    }

    private mutating func grow(at now: Duration) {
        nextStep = nil
        for position in realServers.indices {
            realServers[position].note(at: now)
            guard let growth = realServers[position].growth else { continue }
            if let step = growth.nextStep(over: settings.slowStart, at: now) {
                nextStep = min(nextStep ?? step, step)
            } else {
                realServers[position].endGrowth()
            }
        }
    }

    private mutating func judgeSorryServer(_ host: HostView) {
        if let address = sorry?.address { sorry?.reach = host.reachability(of: address) }
        let isWanted = sorry?.reach.link != nil && !realServers.contains(where: \.takesFlows)
        let serving = isWanted ? sorry?.address : nil
        guard serving != servingSorry else { return }
        if let serving {
            tell(.sorryServerServes(serving, of: settings.address))
        } else if let servingSorry {
            tell(.sorryServerRests(servingSorry, of: settings.address))
        }
        servingSorry = serving
    }
}

extension RealServerState {
    /// Whether it stays in rather than the other one: the one that can be reached, then the one
    /// that was in last.
    fileprivate func staysBefore(_ other: RealServerState) -> Bool {
        guard (reach.link == nil) == (other.reach.link == nil) else { return reach.link != nil }
        return downOrder > other.downOrder
    }
}
