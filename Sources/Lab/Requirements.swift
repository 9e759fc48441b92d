// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the machine must have for a lab.
public enum Requirements {
    /// A sentence with the remedy for each one that is missing; empty where a lab can be made.
    public static func unmet() -> [String] {
        rights() + missingPrograms() + missingProtocol()
    }

    static func check() throws(LabError) {
        try check(unmet())
    }

    /// Enough to enter a lab that is up, or to remove it.
    static func checkRights() throws(LabError) {
        try check(rights())
    }

    private static func check(_ unmet: [String]) throws(LabError) {
        guard unmet.isEmpty else { throw .unmet(unmet) }
    }

    /// The programs and Debian's packages that have them.
    private static let programs = [
        ("ip", "iproute2"), ("sysctl", "procps"), ("nsenter", "util-linux"),
        ("setpriv", "util-linux"), ("ethtool", "ethtool"), ("nginx", "nginx-light"),
        ("curl", "curl"),
    ]

    private static func missingPrograms() -> [String] {
        programs.filter { !SearchPath.has($0.0) }.map { program, package in
            "the program \(program) is missing: install it with `apt-get install \(package)`"
        }
    }

    private static func missingProtocol() -> [String] {
        Files.exists("/proc/net/if_inet6")
            ? [] : ["the kernel has no IPv6: boot it without `ipv6.disable=1`"]
    }

    private static func rights() -> [String] {
        guard geteuid() == 0 else {
            return ["a lab needs root, to make network namespaces: run it with sudo"]
        }
        guard let effective = effectiveCapabilities() else { return [] }
        return [("CAP_NET_ADMIN", 12), ("CAP_SYS_ADMIN", 21)].compactMap { name, bit in
            effective >> UInt64(bit) & 1 == 1
                ? nil : "a lab needs \(name): a container gets it with `docker run --privileged`"
        }
    }

    /// The bits of capabilities(7) that this process has; nil where the kernel does not tell.
    private static func effectiveCapabilities() -> UInt64? {
        let status = (try? Files.read("/proc/self/status", limit: 16_384)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        guard let digits = line?.split(separator: "\t").last else { return nil }
        return UInt64(digits, radix: 16)
    }
}

/// Where programs are looked for: also where root's are, which `su` may leave out.
public enum SearchPath {
    static var text: String {
        let inherited = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
        return inherited + ":/usr/sbin:/sbin"
    }

    public static func has(_ program: String) -> Bool {
        text.split(separator: ":").contains { unsafe access("\($0)/\(program)", X_OK) == 0 }
    }
}
