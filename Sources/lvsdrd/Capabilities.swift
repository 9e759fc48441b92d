// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// The capabilities that the data plane needs.
enum Capabilities {
    private static let needed: [(name: String, bit: UInt64)] = [
        ("CAP_NET_ADMIN", 12), ("CAP_NET_RAW", 13), ("CAP_BPF", 39),
    ]
    /// Contains CAP_BPF.
    private static let systemAdministration: UInt64 = 1 << 21

    /// Refuses unless all of them are effective.
    static func check() throws(Refusal) {
        guard let effective = effective() else { return }
        let missing = needed.filter { capability in
            effective >> capability.bit & 1 == 0
                && !(capability.bit == 39 && effective & systemAdministration != 0)
        }
        guard missing.isEmpty else {
            throw .notPermitted(
                """
                \(missing.map(\.name).joined(separator: ", ")) missing; run it as root, or as the \
                systemd service, which grants them
                """)
        }
    }

    /// nil where the kernel does not tell.
    private static func effective() -> UInt64? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("CapEff:") }),
            let digits = line.split(separator: "\t").last
        else { return nil }
        return UInt64(digits, radix: 16)
    }
}
