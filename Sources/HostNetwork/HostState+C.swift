// SPDX-License-Identifier: Apache-2.0

import CHostNetwork
import LVSModel

extension MACAddress {
    /// nil for 0, which stands for none.
    init?(_ number: UInt64) {
        guard number != 0 else { return nil }
        self.init(rawValue: number)
    }
}

extension hn_ip {
    init(_ address: IPAddress) {
        self.init()
        unsafe withUnsafeMutableBytes(of: &bytes) { unsafe $0.copyBytes(from: address.bytes) }
    }
}

extension IPAddress {
    init(_ address: hn_ip) {
        self = unsafe withUnsafeBytes(of: address.bytes) { unsafe IPAddress(bytes: $0) }
    }
}

extension HostLink {
    init(_ link: hn_link) {
        let name = unsafe withUnsafeBytes(of: link.name) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        self.init(
            index: link.index, name: name, mac: MACAddress(link.mac), isRunning: link.is_running,
            mtu: link.mtu)
    }
}

extension HostNeighbour {
    init(_ neighbour: hn_neighbour) {
        self.init(
            interface: neighbour.interface, address: IPAddress(neighbour.address),
            mac: MACAddress(neighbour.mac))
    }
}

extension HostRoute {
    init(_ route: hn_route) {
        switch route.kind {
        case HN_ROUTE_LOCAL: self = .local
        case HN_ROUTE_ON_LINK: self = .onLink(interface: route.interface)
        case HN_ROUTE_GATEWAY:
            self = .gateway(IPAddress(route.gateway), interface: route.interface)
        default: self = .unreachable
        }
    }
}

extension HostNetworkEvent {
    init(_ event: hn_event) {
        switch event.kind {
        case HN_EVENT_LINK: self = .link(HostLink(event.link))
        case HN_EVENT_LINK_REMOVED: self = .linkRemoved(index: event.link.index)
        case HN_EVENT_NEIGHBOUR: self = .neighbour(HostNeighbour(event.neighbour))
        case HN_EVENT_ROUTES_CHANGED: self = .routesChanged
        default: self = .overrun
        }
    }
}
