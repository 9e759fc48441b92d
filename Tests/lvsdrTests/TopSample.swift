// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import ControlTesting
import LVSModel

@testable import lvsdr

/// A director with traffic: three real servers in two services.
enum TopSample {
    static var status: DirectorStatus {
        var status = SampleDirector.status
        status.rates.second = Rate(connections: 12.34, packets: 1_234, bytes: 98_765)
        return status
    }

    /// The rates of the last second, by real server: connections, packets, bytes.
    static let rates = [[2.0, 900, 50], [0, 0, 0], [10, 30, 4_000]]

    static var services: [ServiceStatus] {
        var services = [SampleDirector.web, SampleDirector.names]
        let places = [(0, 0), (0, 1), (1, 0)]
        for (place, figures) in zip(places, rates) {
            services[place.0].realServers[place.1].rates.second = Rate(
                connections: figures[0], packets: figures[1], bytes: figures[2])
        }
        services[0].realServers[1].effectiveWeight = 0
        return services
    }

    static func state(
        rows: Int = 24, columns: Int = 100, _ services: [ServiceStatus] = services
    ) -> TopState {
        var state = TopState(status: StatusMessage(status), services: ServicesMessage(services))
        state.size = Terminal.Size(columns: columns, rows: rows)
        return state
    }

    /// One service with so many real servers, the first the busiest.
    static func crowd(_ count: UInt32) -> [ServiceStatus] {
        var service = SampleDirector.web
        service.realServers = (1...count).map { number in
            var real = service.realServers[0]
            real.address = IPAddress(ipv4: 0x0A00_0000 + number)
            real.rates.second = Rate(connections: Double(count - number))
            return real
        }
        return [service]
    }
}

extension TopState {
    /// Presses the keys of a text, and returns what the last one asks for.
    @discardableResult
    mutating func type(_ text: String) -> Action? {
        var action: Action?
        for letter in text { action = press(.letter(letter)) }
        return action
    }

    var addresses: [String] { rows.map(\.real.address) }
}
