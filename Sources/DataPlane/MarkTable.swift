// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LVSModel

/// Which mark stands for which VIP: 0x4C56_0001...0x4C56_FFFF.
///
/// A mark that was given back is the last to be given again: sockets may still bear it.
struct MarkTable {
    private static let first: UInt32 = 0x4C56_0001
    private static let count: UInt32 = 0xFFFF

    private(set) var byVIP: [IPAddress: UInt32] = [:]
    private var used: Set<UInt32> = []
    private var next: UInt32 = 0

    /// Gives a VIP that has none a mark.
    mutating func add(_ vip: IPAddress) throws(DataPlaneError) -> UInt32 {
        guard used.count < Self.count else {
            throw DataPlaneError(operation: "check more than \(Self.count) VIPs", code: ENOSPC)
        }
        while used.contains(Self.first + next) { next = (next + 1) % Self.count }
        let mark = Self.first + next
        next = (next + 1) % Self.count
        used.insert(mark)
        byVIP[vip] = mark
        return mark
    }

    /// Takes the VIP's mark back, if it has one.
    mutating func remove(_ vip: IPAddress) {
        if let mark = byVIP.removeValue(forKey: vip) { used.remove(mark) }
    }
}
