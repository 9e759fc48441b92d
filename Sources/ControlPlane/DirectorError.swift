// SPDX-License-Identifier: Apache-2.0

/// Why the director can not do what it is asked.
public enum DirectorError: Error, Hashable, Sendable {
    /// More virtual services than the forwarding table has indexes for.
    case tooManyServices(Int)
    /// More real servers, over all services, than the forwarding table has indexes for.
    case tooManyRealServers(Int)
    /// Every index that is not in use is still named by flows of a real server that was removed.
    case noFreeIndex
    case noSuchInterface(String)
    case noMACAddress(interface: String)
    /// The host's network could not be read or asked; the text says what was tried and the cause.
    case hostNetwork(String)
    /// The table was not taken; the text says why.
    case publication(String)
    /// What happened could not be written down; the text says why.
    case journal(String)
    /// The stream of the host's network events ended by itself.
    case eventsEnded
}

extension DirectorError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooManyServices(let count):
            "\(count) virtual services are more than the \(IndexAllocation.serviceCapacity) "
                + "that a director holds"
        case .tooManyRealServers(let count):
            "\(count) real servers are more than the \(IndexAllocation.realServerCapacity) "
                + "that a director holds"
        case .noFreeIndex:
            "no room for another real server until flows of removed ones have ended"
        case .noSuchInterface(let name):
            "there is no interface \(name)"
        case .noMACAddress(let interface):
            "interface \(interface) has no MAC address"
        case .hostNetwork(let cause):
            "the host's network: \(cause)"
        case .publication(let cause):
            "the forwarding table was not taken: \(cause)"
        case .journal(let cause):
            "changes would not outlive this lvsdrd: \(cause)"
        case .eventsEnded:
            "the host's network tells no more changes"
        }
    }
}
