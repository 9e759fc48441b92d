// SPDX-License-Identifier: Apache-2.0

import Lab

/// What went through an interface of a host.
struct LinkReading {
    let host: HostName
    let interface: String
    let counters: LinkCounters

    init(host: HostName, interface: String, _ counters: LinkCounters) {
        self.host = host
        self.interface = interface
        self.counters = counters
    }

    var total: UInt64 { counters.receivedBytes + counters.sentBytes }

    /// A line each, under a head.
    static func table(_ readings: [LinkReading]) -> String {
        let head = ["", "received", "", "sent", ""]
        let rows = readings.map { reading in
            [
                "\(reading.host) \(reading.interface)",
                inBytes(reading.counters.receivedBytes),
                "\(reading.counters.receivedPackets) packets",
                inBytes(reading.counters.sentBytes),
                "\(reading.counters.sentPackets) packets",
            ]
        }
        return lvsdr_lab.table([head] + rows, right: [1, 2, 3, 4])
    }
}
