// SPDX-License-Identifier: Apache-2.0

extension DirectorSettings {
    /// Where the flow table outlives the process.
    public var flowFile: String { runtimeDirectory + "/flows" }

    /// Where it does so when XDP programs share it: in the BPF file system.
    public var flowPin: String { Self.flowPin(of: runtimeDirectory) }

    /// The folder of all pinned flow tables.
    public static let flowPins = "/sys/fs/bpf/lvsdr"

    /// A name in that file system has neither slashes nor dots.
    public static func flowPin(of runtimeDirectory: String) -> String {
        let name = runtimeDirectory.map { $0 == "/" || $0 == "." ? "-" : $0 }
        return flowPins + "/flows" + String(name)
    }
}
