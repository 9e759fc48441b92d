// SPDX-License-Identifier: Apache-2.0

/// How a real server that came up grows to its weight: in at most ten steps, all of them on whole
/// seconds, so that however many grow there is one table a second at most.
struct SlowStart: Hashable, Sendable {
    private static let stepCount = 10

    /// A whole second of the director's time; a step that is due in less than one is put off.
    private let start: Int64

    init(at now: Duration) {
        let time = now.components
        start = time.seconds + (time.attoseconds > 0 ? 1 : 0)
    }

    /// - Parameter seconds: from the beginning to the whole weight.
    func weight(of whole: UInt16, over seconds: UInt32, at now: Duration) -> UInt16 {
        let elapsed = elapsed(at: now)
        guard whole > 1, elapsed < Int64(seconds) else { return whole }
        let step = Self.step(over: seconds)
        let reached = elapsed / step * step
        return UInt16(max(1, Int64(whole) * reached / Int64(seconds)))
    }

    /// When the weight may be another one; nil when it is the whole.
    func nextStep(over seconds: UInt32, at now: Duration) -> Duration? {
        let elapsed = elapsed(at: now)
        guard elapsed < Int64(seconds) else { return nil }
        let step = Self.step(over: seconds)
        return .seconds(start + min(Int64(seconds), (elapsed / step + 1) * step))
    }

    private func elapsed(at now: Duration) -> Int64 {
        max(0, now.components.seconds - start)
    }

    private static func step(over seconds: UInt32) -> Int64 {
        (Int64(seconds) + Int64(stepCount) - 1) / Int64(stepCount)
    }
}
