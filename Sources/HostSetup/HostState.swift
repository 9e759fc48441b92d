// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostNetwork
import LVSModel

/// The host as it is: what requirements say of it, read and changed one by one.
///
/// It is about the network namespace of the thread that makes the value.
public struct HostState: ~Copyable {
    private let addresses: InterfaceAddresses

    public init() throws(SetupError) {
        addresses = try Self.saying { () throws(HostNetworkError) in try InterfaceAddresses() }
    }

    /// How each of them stands.
    public func status(_ requirements: [Requirement]) throws(SetupError) -> [Setup.Finding] {
        var findings: [Setup.Finding] = []
        for requirement in requirements {
            findings.append(
                Setup.Finding(
                    requirement: requirement, actual: try actual(requirement) ?? "n/a",
                    isMet: try isMet(requirement)))
        }
        return findings
    }

    /// Whether a packet is dropped unless its way back is the way it came (RFC 3704), on all
    /// interfaces.
    public var isFilterStrict: Bool { value(of: .ipv4("all", "rp_filter")) == "1" }

    /// How it is: the setting's value, `present` or `missing`; nil when there is nothing of that name.
    func actual(_ requirement: Requirement) throws(SetupError) -> String? {
        switch requirement {
        case .setting(let setting, _): return value(of: setting)
        case .address(let address, let interface):
            let held = try Self.saying { () throws(HostNetworkError) in
                try addresses.addresses(of: interface)
            }
            return held.map { $0.contains(address) ? "present" : "missing" }
        }
    }

    func isMet(_ requirement: Requirement) throws(SetupError) -> Bool {
        guard let actual = try actual(requirement) else { return false }
        return switch requirement {
        case .setting(_, let accepted): accepted.contains(actual)
        case .address: actual == "present"
        }
    }

    /// nil when there is no such setting, as for an interface that is not there.
    public func value(of setting: KernelSetting) -> String? {
        let file = unsafe open(setting.path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe read(file, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes.prefix(count).prefix { $0 > 0x20 }, as: UTF8.self)
    }

    func set(_ setting: KernelSetting, to value: String) throws(SetupError) {
        let file = unsafe open(setting.path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw Self.failure(setting, value, errno) }
        defer { close(file) }
        let bytes = Array((value + "\n").utf8)
        guard unsafe write(file, bytes, bytes.count) == bytes.count else {
            throw Self.failure(setting, value, errno)
        }
    }

    func add(_ address: IPAddress, to interface: String) throws(SetupError) {
        try Self.saying { () throws(HostNetworkError) in
            try addresses.add(address, to: interface)
        }
    }

    func remove(_ address: IPAddress, from interface: String) throws(SetupError) {
        try Self.saying { () throws(HostNetworkError) in
            try addresses.remove(address, from: interface)
        }
    }

    private static func saying<Value: ~Copyable>(
        _ body: () throws(HostNetworkError) -> Value
    ) throws(SetupError) -> Value {
        do {
            return try body()
        } catch {
            let hint = error.errno == EPERM ? "; be root, or have CAP_NET_ADMIN" : ""
            throw SetupError("\(error)\(hint)")
        }
    }

    private static func failure(
        _ setting: KernelSetting, _ value: String, _ code: Int32
    ) -> SetupError {
        let reason = unsafe String(cString: strerror(code))
        let hint =
            switch code {
            case EROFS, EACCES, EPERM:
                """
                ; only root may, and in a container only its runtime: start it with \
                --sysctl \(setting)=\(value), or run this on its host within its network namespace
                """
            case ENOENT: "; is there such an interface?"
            default: ""
            }
        return SetupError("cannot set \(setting) to \(value): \(reason)\(hint)")
    }
}
