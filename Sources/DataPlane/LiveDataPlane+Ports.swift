// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
internal import LVSModel

/// An interface whose frames go out by AF_PACKET, though the others' go by AF_XDP.
public struct WayRefusal: Sendable {
    /// Its index.
    public let interface: Int32
    public let error: DataPlaneError
}

extension LiveDataPlane {
    /// Workers with AF_PACKET ports, which share the interface's frames.
    static func packetWorkers(
        _ forwarder: borrowing Forwarder, _ tap: borrowing Tap, _ interface: Int32, count: Int,
        _ ring: Ring
    ) throws(DataPlaneError) -> [Worker] {
        var options = dp_packet_options()
        options.interface = UInt32(interface)
        options.slot_size = ring.slotSize
        options.slot_count = ring.slotCount
        options.fanout = count > 1 ? UInt32(DP_FANOUT_NEW) : 0
        var workers: [Worker] = []
        for _ in 0..<count {
            var error = unsafe dp_error.none
            let port = unsafe dp_packet_open(&options, tap.handle, &error)
            guard let port = unsafe port else { throw unsafe DataPlaneError(error) }
            options.fanout = unsafe dp_packet_fanout(port)
            workers.append(try unsafe Worker(forwarder: forwarder, port: port))
        }
        return workers
    }

    /// The program that hands the workers, with AF_XDP ports, their frames; nil with the reason where
    /// it can not be had, and then no workers.
    static func divert(
        _ forwarder: borrowing Forwarder, _ tap: borrowing Tap, _ interface: Int32,
        _ accelerator: borrowing Accelerator?, to workers: inout [Worker],
        _ refusal: inout DataPlaneError?
    ) -> Divert? {
        do throws(DataPlaneError) {
            let divert = try Divert(tap)
            workers = try xdpWorkers(forwarder, divert, interface)
            try divert.attach(to: interface, behind: accelerator)
            return divert
        } catch {
            workers = []
            refusal = error
            return nil
        }
    }

    /// One for each receive queue of the interface.
    static func xdpWorkers(
        _ forwarder: borrowing Forwarder, _ divert: borrowing Divert, _ interface: Int32
    ) throws(DataPlaneError) -> [Worker] {
        var error = unsafe dp_error.none
        let queues = unsafe dp_xdp_queue_count(UInt32(interface), &error)
        guard queues > 0 else { throw unsafe DataPlaneError(error) }
        var workers: [Worker] = []
        for queue in 0..<UInt32(queues) {
            let port = unsafe dp_xdp_open(UInt32(interface), queue, &error)
            guard let port = unsafe port else { throw unsafe DataPlaneError(error) }
            let worker = try unsafe Worker(forwarder: forwarder, port: port)
            try worker.receive(from: divert)
            workers.append(worker)
        }
        return workers
    }

    /// Has the frames for real servers behind other interfaces go out there by AF_XDP too.
    func openWays(for table: ForwardingTable) {
        guard port != .packet else { return }
        for service in table.services {
            for real in service.realServers {
                guard let egress = real.link?.egress.index, ways.insert(egress).inserted else {
                    continue
                }
                openWay(to: egress)
            }
        }
    }

    private func openWay(to interface: Int32) {
        do throws(DataPlaneError) {
            for worker in workers { try worker.openWay(to: interface) }
        } catch {
            wayRefusals.append(WayRefusal(interface: interface, error: error))
        }
    }

    /// What was refused since the last call.
    public func takeWayRefusals() -> [WayRefusal] {
        defer { wayRefusals = [] }
        return wayRefusals
    }
}
