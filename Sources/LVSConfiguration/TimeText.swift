// SPDX-License-Identifier: Apache-2.0

/// Times as the file has them, in the greatest unit that they are whole in.
enum TimeText {
    /// Such as `90s`, `15m`, `2h`.
    static func seconds(_ time: UInt32) -> String {
        if time > 0, time % 3_600 == 0 { return "\(time / 3_600)h" }
        return time > 0 && time % 60 == 0 ? "\(time / 60)m" : "\(time)s"
    }

    /// Such as `500ms`, `2s`, `1m`.
    static func milliseconds(_ time: UInt32) -> String {
        time % 1_000 == 0 ? seconds(time / 1_000) : "\(time)ms"
    }
}
