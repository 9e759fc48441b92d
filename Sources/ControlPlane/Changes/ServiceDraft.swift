// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// A virtual service while changes are made to it.
struct ServiceDraft: Sendable {
    /// Its real servers count only as long as `realServers` is nil.
    private var service: VirtualService
    /// Made when one of them is asked for first: most services stay as they are.
    private var realServers: Roster<IPAddress, RealServer>?

    init(_ service: VirtualService) {
        self.service = service
    }

    var address: ServiceAddress { service.address }

    var whole: VirtualService {
        guard let realServers else { return service }
        var whole = service
        whole.realServers = realServers.inOrder
        return whole
    }

    mutating func add(_ real: RealServer) throws(ChangeRefusal) {
        try withRealServers { roster, name throws(ChangeRefusal) in
            guard roster[real.address] == nil else {
                throw .conflict("real server \(real.address) exists already in \(name)")
            }
            roster.append(real, named: real.address)
        }
    }

    mutating func remove(_ address: IPAddress) throws(ChangeRefusal) {
        try withRealServers { roster, name throws(ChangeRefusal) in
            guard roster.remove(address) else { throw .noRealServer(address, in: name) }
        }
    }

    mutating func update(
        _ address: IPAddress, _ change: (inout RealServer) throws(ChangeRefusal) -> Void
    ) throws(ChangeRefusal) {
        try withRealServers { roster, name throws(ChangeRefusal) in
            guard try roster.update(address, change) != nil else {
                throw .noRealServer(address, in: name)
            }
        }
    }

    mutating func realServer(_ address: IPAddress) -> RealServer? {
        withRealServers { roster, _ in roster[address] }
    }

    private mutating func withRealServers<Result, Failure>(
        _ body: (inout Roster<IPAddress, RealServer>, ServiceAddress) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var roster = realServers ?? Roster(service.realServers) { $0.address }
        realServers = nil
        service.realServers = []
        defer { realServers = roster }
        return try body(&roster, service.address)
    }
}

extension ServiceDraft {
    mutating func make(_ edit: ServiceEdit) {
        service.scheduler = edit.scheduler ?? service.scheduler
        service.schedulerFlags = edit.schedulerFlags ?? service.schedulerFlags
        service.persistence = edit.persistence.applied(to: service.persistence)
        service.onePacket = edit.onePacket ?? service.onePacket
        service.onDown = edit.onDown ?? service.onDown
        service.arp = edit.arp ?? service.arp
        service.check = edit.check.applied(to: service.check)
        service.minimumUp = edit.minimumUp ?? service.minimumUp
        service.sorryServer = edit.sorryServer.applied(to: service.sorryServer)
        service.slowStart = edit.slowStart ?? service.slowStart
    }
}

extension RealServer {
    mutating func make(_ edit: RealServerEdit) {
        weight = edit.weight ?? weight
        upperThreshold = edit.upperThreshold ?? upperThreshold
        lowerThreshold = edit.lowerThreshold ?? lowerThreshold
        check = edit.check ?? check
    }

    mutating func drain(until end: UInt64?) {
        administrativeState = .draining
        drainEnd = end
    }

    /// - Precondition: the state is another one than draining.
    mutating func become(_ state: AdministrativeState) {
        administrativeState = state
        drainEnd = nil
    }
}

extension Edit {
    fileprivate func applied(to old: Value) -> Value {
        switch self {
        case .keep: old
        case .set(let new): new
        }
    }
}
