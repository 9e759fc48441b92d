// SPDX-License-Identifier: Apache-2.0

import ControlMessages

/// What `lvsdr stats --rate --json` prints: the averages over one period, and no more.
struct StatsRates: ControlMessage {
    struct Service: Codable, Hashable, Sendable {
        /// The VIP.
        var address: String
        var ports: String
        var `protocol`: String
        /// null where it was not watched for so long.
        @Nullable var rate: RateMessage?
        var realServers: [RealServer]
    }

    struct RealServer: Codable, Hashable, Sendable {
        /// The RIP.
        var address: String
        @Nullable var rate: RateMessage?
    }

    /// Seconds: 1, 10 or 60.
    var over: Int
    var services: [Service]

    init(_ message: ServicesMessage, over period: Period) {
        over = period.rawValue
        services = message.services.map { service in
            Service(
                address: service.address, ports: service.ports, protocol: service.protocol,
                rate: service.rates[period],
                realServers: service.realServers.map {
                    RealServer(address: $0.address, rate: $0.rates[period])
                })
        }
    }
}
