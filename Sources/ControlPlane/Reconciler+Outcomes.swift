// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What became of what was to be done.
extension Reconciler {
    /// - Throws: at the first reading only, when the ingress interface can not be one.
    mutating func didRead(_ found: HostReading) throws(DirectorError) {
        if host.ingress == nil {
            guard let link = found.ingress else { throw .noSuchInterface(settings.interface) }
            guard let mac = link.mac else { throw .noMACAddress(interface: link.name) }
            host.setIngress(ForwardingTable.Interface(index: link.index, mac: mac))
        }
        reading.succeeded()
        if found.scope == .added {
            for address in found.routes.keys { services.noteChange(of: address) }
            entriesChanged()
        } else {
            changed()
        }
        for change in host.update(with: found) { note(change) }
    }

    mutating func readingFailed(
        _ scope: HostReading.Scope, _ error: DirectorError, at now: Duration
    ) {
        require(scope)
        if reading.failed(error, at: now) { events.append(.failed(error)) }
    }

    mutating func didKeep(_ key: NeighbourKey, at now: Duration) {
        kept.didKeep(key, at: now)
        wake()
    }

    mutating func keepingFailed(_ key: NeighbourKey, _ error: DirectorError, at now: Duration) {
        if kept.wasRefused(key, error, at: now) { events.append(.failed(error)) }
        wake()
    }

    /// Also after a failure: there is nothing left to be done about it.
    mutating func didRelease(_ key: NeighbourKey, failure: DirectorError? = nil) {
        kept.didRelease(key)
        wake()
        if let failure { events.append(.failed(failure)) }
    }

    mutating func didPublish(_ table: ForwardingTable) {
        published = table
        handedOut = nil
        publications += 1
        publishing.succeeded()
        compare()
        let vips = Set(table.services.filter { $0.arp == .director }.map(\.address.address))
        // The same value as before is cheap to compare.
        if vips != ownVIPs { ownVIPs = vips }
        events.append(.published(generation: publications))
    }

    mutating func publishingFailed(_ error: DirectorError, at now: Duration) {
        handedOut = nil
        if publishing.failed(error, at: now) { events.append(.failed(error)) }
    }

    /// A reminder is no event: the claim that brought it is one, and it may last.
    mutating func didAnnounce() {
        guard !announcer.isReminding else { return }
        let name = host.ingressLink?.name ?? settings.interface
        events.append(.announced(vips: ownVIPs.count, interface: name))
    }
}
