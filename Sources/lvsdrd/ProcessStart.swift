// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
internal import Glibc

/// When processes of the host began.
enum ProcessStart {
    /// In clock ticks since the boot (proc_pid_stat(5), field 22); nil where it is not to be had.
    static func ticks(of process: Int32) -> UInt64? {
        let path = "/proc/\(process)/stat"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        return ticks(in: text)
    }

    /// The same of a command, which lives for a minute at most; nil for a process that has lived
    /// longer: when it asks for something says nothing of when it began.
    static func ticks(ofCommand process: Int32) -> UInt64? {
        var now = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &now)
        let rate = sysconf(Int32(_SC_CLK_TCK))
        guard let begun = ticks(of: process), rate > 0 else { return nil }
        return begun + UInt64(60 * rate) > UInt64(now.tv_sec * rate) ? begun : nil
    }

    /// The second field, the command's name in brackets, may hold anything.
    static func ticks(in text: String) -> UInt64? {
        guard let name = text.lastIndex(of: ")") else { return nil }
        let fields = text[name...].split(separator: " ").dropFirst()
        return fields.dropFirst(19).first.flatMap { UInt64($0) }
    }
}
