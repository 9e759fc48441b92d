// SPDX-License-Identifier: Apache-2.0

/// A setting of the kernel's network, as sysctl(8) names it.
///
/// Its text is such as `net.ipv4.conf.all.arp_ignore`; a dot within an interface's name is a `/`, as
/// in `net.ipv4.conf.eth0/100.arp_ignore`.
public struct KernelSetting: Hashable, Sendable {
    /// Such as `["net", "ipv4", "conf", "eth0.100", "arp_ignore"]`.
    public let parts: [String]

    public init(_ parts: [String]) {
        self.parts = parts
    }

    /// Reads its text; nil when there are no parts, or one that leads elsewhere.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map {
            String($0.map { $0 == "/" ? "." : $0 })
        }
        guard parts.count > 1, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            return nil
        }
        self.parts = parts
    }

    /// Of an interface, of `all` or of `default`, with IPv4.
    public static func ipv4(_ interface: String, _ name: String) -> KernelSetting {
        KernelSetting(["net", "ipv4", "conf", interface, name])
    }

    public static func ipv6(_ interface: String, _ name: String) -> KernelSetting {
        KernelSetting(["net", "ipv6", "conf", interface, name])
    }

    public static let forwarding = KernelSetting(["net", "ipv4", "ip_forward"])

    var path: String { "/proc/sys/" + parts.joined(separator: "/") }
}

extension KernelSetting: CustomStringConvertible {
    public var description: String {
        parts.map { part in String(part.map { $0 == "." ? "/" : $0 }) }.joined(separator: ".")
    }
}
