// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
public import LVSModel

/// How the flow table came about: where it stands, and what it took over from an earlier one.
public struct FlowOrigin: Sendable {
    /// The file that it stands in; nil for memory of the process, with which the flows go.
    public let file: String?
    /// Whether it stands in the kernel, where acceleration needs it.
    public let isInKernel: Bool
    /// Why it is not in the file that was asked for, or not pinned.
    public let refusal: DataPlaneError?
    /// The bytes of the file, also where there was no room for them.
    public let fileSize: UInt64
    /// Flows of the earlier table that go on.
    public let restored: UInt64
    /// Flows of the earlier table that found no room in this one.
    public let lost: UInt64
    /// Why an earlier table was not trusted, such as `its header is damaged`.
    public let damage: String?
    /// Whether that one stood in the kernel; it is gone then.
    public let damageIsInKernel: Bool
    /// What that one was renamed to; nil where it could not be, and was lost.
    public let setAside: String?
    /// The real servers that restored flows name, by their indexes.
    public let kept: [KeptRealServer]

    init(_ origin: dp_flow_origin, file path: String?, kept: [KeptRealServer]) {
        let isRefused = unsafe origin.refusal.code != 0
        file = unsafe origin.in_file ? path : nil
        isInKernel = unsafe origin.in_kernel
        refusal = unsafe isRefused ? DataPlaneError(origin.refusal) : nil
        fileSize = unsafe origin.file_size
        restored = unsafe origin.restored
        lost = unsafe origin.lost
        damage = unsafe origin.damage.map { unsafe String(cString: $0) }
        let isInKernel = unsafe origin.damage_in_kernel
        damageIsInKernel = isInKernel
        setAside =
            unsafe origin.damage != nil && !isInKernel && origin.aside_error == 0
            ? path.map { $0 + ".damaged" } : nil
        self.kept = kept
    }
}

extension KeptRealServer {
    init(_ real: dp_kept_real) {
        self.init(
            index: real.index, vip: IPAddress(real.vip), firstPort: real.port,
            transport: real.transport == TransportProtocol.udp.number ? .udp : .tcp,
            address: IPAddress(real.rip))
    }
}

extension IPAddress {
    init(_ address: dp_ip) {
        self = unsafe withUnsafeBytes(of: address) { bytes in
            unsafe IPAddress(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }
}
