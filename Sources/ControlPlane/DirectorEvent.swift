// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// Something that happened, for the log; `description` says it in words.
public enum DirectorEvent: Hashable, Sendable {
    case realServerUp(IPAddress, of: ServiceAddress, mac: MACAddress, interface: String)
    case realServerDown(IPAddress, of: ServiceAddress, reason: String)
    case realServerChangedMAC(IPAddress, of: ServiceAddress, from: MACAddress, to: MACAddress)
    case linkUp(String)
    case linkDown(String)
    case linkRemoved(String)
    /// The director's own VIPs, each once.
    case announced(vips: Int, interface: String)
    /// 1 is the first table: from then on the director serves.
    case published(generation: UInt64)
    /// Something did not work; it is tried again where that can help.
    case failed(DirectorError)

    /// How much it asks for attention.
    public enum Level: Hashable, Sendable {
        case debug
        case info
        case warning
    }

    public var level: Level {
        switch self {
        case .published: .debug
        case .realServerUp, .realServerChangedMAC, .linkUp, .announced: .info
        case .realServerDown, .linkDown, .linkRemoved, .failed: .warning
        }
    }
}

extension DirectorEvent: CustomStringConvertible {
    public var description: String {
        switch self {
        case .realServerUp(let real, let service, let mac, let interface):
            "real server \(real) of \(service) is up (\(mac) on \(interface))"
        case .realServerDown(let real, let service, let reason):
            "real server \(real) of \(service) is down: \(reason)"
        case .realServerChangedMAC(let real, let service, let old, let new):
            "real server \(real) of \(service) changed its MAC address from \(old) to \(new)"
        case .linkUp(let name): "interface \(name) is up"
        case .linkDown(let name): "interface \(name) is down"
        case .linkRemoved(let name): "interface \(name) was removed"
        case .announced(let vips, let interface):
            "announced \(vips) VIP\(vips == 1 ? "" : "s") on \(interface)"
        case .published(let generation): "published forwarding table \(generation)"
        case .failed(let error): "\(error)"
        }
    }
}
