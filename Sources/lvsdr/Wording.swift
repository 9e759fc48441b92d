// SPDX-License-Identifier: Apache-2.0

import ControlMessages

extension ServiceMessage {
    /// As ipvsadm writes it: `TCP 192.168.142.100:80`, `TCP [fd00::1]:80`; several ports as
    /// `TCP 192.168.142.100:80,443`.
    var name: String {
        "\(`protocol`.uppercased()) \(name(of: address))"
    }

    /// As `lvsdr` takes it: `192.168.142.100:80`, `[fd00::1]:53/udp`.
    var shortName: String {
        name(of: address) + (`protocol` == "tcp" ? "" : "/\(`protocol`)")
    }

    /// A real server as ipvsadm writes it, below its service: `  -> 192.168.142.5:80`.
    func name(of real: RealServerMessage) -> String {
        "  -> \(name(of: real.address))"
    }

    private func name(of address: String) -> String {
        "\(address.contains(":") ? "[\(address)]" : address):\(shortPorts)"
    }

    /// At most 16 letters; the ports that this leaves out are `...`.
    private var shortPorts: String {
        guard ports.count > 16, let end = ports.prefix(13).lastIndex(of: ",") else { return ports }
        return ports[..<end] + ",..."
    }

    /// What is out of the ordinary: persistence, one-packet scheduling, what happens on down.
    var policies: [String] {
        var policies: [String] = []
        if let persistence {
            let isWhole = persistenceMask == (address.contains(":") ? 128 : 32)
            let mask = isWhole ? "" : persistenceMask.map { " by /\($0)" } ?? ""
            let time = Figures.duration(seconds: UInt64(persistence))
            policies.append("persistent \(time)\(mask)")
        }
        if onePacket { policies.append("one-packet") }
        if onDown != "reschedule" { policies.append("on down: \(onDown)") }
        return policies
    }
}

extension RealServerMessage {
    var isUp: Bool {
        health == "up"
    }

    var weightText: String {
        if isStartingSlowly { return "weight \(effectiveWeight) of \(weight): slow start" }
        if weight == 0 { return "weight 0: no new flows" }
        if upperThreshold == 0 { return "weight \(weight)" }
        return "weight \(weight), at most \(Figures.plural(UInt64(upperThreshold), "flow"))"
    }

    /// Why it is not up, or where its frames go.
    var detail: String {
        if let reason { return reason }
        guard let mac else { return "" }
        return interface.map { "\(mac) via \($0)" } ?? mac
    }
}
