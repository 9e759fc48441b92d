// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel

/// What a comparison ran on, and when.
public struct Machine: Hashable, Sendable {
    /// The processor's name and how many CPUs there are.
    public let name: String
    public let kernel: String
    /// UTC, as `2026-01-31`.
    public let date: String

    public init(name: String, kernel: String, date: String) {
        self.name = name
        self.kernel = kernel
        self.date = date
    }

    /// This one, now.
    public static func current() -> Machine {
        var system = utsname()
        unsafe uname(&system)
        let kernel = unsafe withUnsafeBytes(of: &system.release) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        let date = String(UTC(seconds: UInt64(time(nil))).description.prefix(10))
        return Machine(
            name: "\(processor()), \(cpuCount) CPUs", kernel: kernel, date: date)
    }

    /// Of those that are online.
    public static var cpuCount: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }

    private static func processor() -> String {
        let cpus = Self.read("/proc/cpuinfo").split(separator: "\n")
        let line = cpus.first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { String($0.drop { $0 == " " }) }
            ?? "a processor without a name"
    }

    private static func read(_ path: String) -> String {
        guard let file = unsafe fopen(path, "re") else { return "" }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
