// SPDX-License-Identifier: Apache-2.0

/// For how long a director that has come to serve goes on with flows that another one may have had:
/// as long as an established flow may be silent.
struct Takeover: Sendable {
    private var isBeginning = false
    /// nil while none is under way.
    private(set) var end: Duration?

    /// From the next look at the time on; one that is under way begins anew.
    mutating func begin() {
        isBeginning = true
    }

    /// - Parameter length: of one that begins now.
    /// - Returns: whether it is under way now and was not before, or the other way round.
    mutating func pass(to now: Duration, length: Duration) -> Bool {
        let wasUnderWay = end != nil
        if isBeginning {
            isBeginning = false
            end = now + length
        } else if let end, end <= now {
            self.end = nil
        }
        return (end != nil) != wasUnderWay
    }
}
