// SPDX-License-Identifier: Apache-2.0

import ControlMessages

extension ServiceMessage {
    /// As ipvsadm writes it: `TCP 192.168.142.100:80`.
    var name: String {
        "\(`protocol`.uppercased()) \(address):\(port)"
    }
}

extension RealServerMessage {
    /// As ipvsadm writes it, below its service: `  -> 192.168.142.5:80`.
    var name: String {
        "  -> \(address):\(port)"
    }

    var isUp: Bool {
        health == "up"
    }

    /// Its health, and what the operator wants of it where that is out of the ordinary.
    var state: String {
        administrativeState == "enabled" ? health : "\(health), \(administrativeState)"
    }

    var weightText: String {
        weight == 0 ? "weight 0: no new flows" : "weight \(weight)"
    }

    /// Why it is not up, or where its frames go.
    var detail: String {
        if let reason { return reason }
        guard let mac else { return "" }
        return interface.map { "\(mac) via \($0)" } ?? mac
    }
}
