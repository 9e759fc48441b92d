// SPDX-License-Identifier: Apache-2.0

import CHostNetwork

/// What an interface's driver says of it (ethtool), in the network namespace of the calling thread.
public struct InterfaceDriver: Hashable, Sendable {
    /// Such as `veth` or `bridge`.
    public var name: String
    /// In Mbit/s; nil where it is not known.
    public var speed: UInt32?
    public var isHalfDuplex: Bool
    /// Whether each offload is on, by the kernel's name for it, such as `rx-lro`.
    public var features: [String: Bool]

    public init(
        name: String, speed: UInt32?, isHalfDuplex: Bool = false, features: [String: Bool] = [:]
    ) {
        self.name = name
        self.speed = speed
        self.isHalfDuplex = isHalfDuplex
        self.features = features
    }

    /// nil where there is no such interface, or none that a driver tells of.
    public init?(of interface: String) {
        var driver = hn_driver()
        var features: [String: Bool] = [:]
        let code = unsafe withUnsafeMutablePointer(to: &features) { list in
            unsafe hn_driver_of(
                interface, &driver,
                { name, isOn, list in
                    guard let name = unsafe name, let list = unsafe list else { return }
                    unsafe list.assumingMemoryBound(to: [String: Bool].self)
                        .pointee[String(cString: name)] = isOn
                },
                list)
        }
        guard code >= 0 else { return nil }
        let name = unsafe withUnsafeBytes(of: driver.name) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        self.init(
            name: name, speed: driver.speed_mbit == 0 ? nil : driver.speed_mbit,
            isHalfDuplex: driver.is_half_duplex, features: features)
    }
}
