// SPDX-License-Identifier: Apache-2.0

/// The virtual services of a daemon on a line, and its room for flows.
enum ServiceSet: Hashable, Sendable {
    /// One for each kind of frame of the comparison, with one real server.
    case usual
    /// So many for UDP, with ports one behind the other and ten real servers each.
    case many(Int)

    static let realServersEach = 10
    /// The real servers' addresses; they are all the one host's. A prime number, so that a service
    /// has ten different ones.
    static let addresses = 101

    /// UDP services that frames are spread over.
    var spread: Int {
        switch self {
        case .usual: 1
        case .many(let count): count
        }
    }

    /// Of the first of them.
    var udpPort: Int {
        switch self {
        case .usual: Wiring.udpPort
        case .many: 10_000
        }
    }

    /// Entries of real servers, in all services.
    var realServers: Int {
        switch self {
        case .usual: 4
        case .many(let count): count * Self.realServersEach
        }
    }

    /// With room for the flows of all scenarios.
    var flowCapacity: Int {
        switch self {
        case .usual: 2_097_152
        case .many: 5_242_880
        }
    }

    /// The configuration file's `services`.
    func text(scheduler: String) -> String {
        switch self {
        case .usual:
            service(Wiring.vip, Wiring.udpPort, "udp", scheduler, [Wiring.real])
                + service(Wiring.vip, Wiring.tcpPort, "tcp", scheduler, [Wiring.real])
                + service(Wiring.vip, Wiring.iperfPort, "tcp", scheduler, [Wiring.real])
                + service(Wiring.vip6, Wiring.udpPort, "udp", scheduler, [Wiring.real6])
        case .many(let count):
            (0..<count).map { number in
                service(
                    Wiring.vip, udpPort + number, "udp", scheduler,
                    (0..<Self.realServersEach).map { Self.address(number + $0) })
            }.joined()
        }
    }

    static func address(_ number: Int) -> String {
        "\(Wiring.realNetwork).\(5 + number % addresses)"
    }

    private func service(
        _ vip: String, _ port: Int, _ l4: String, _ scheduler: String, _ reals: [String]
    ) -> String {
        """
          - address: "\(vip)"
            port: \(port)
            protocol: \(l4)
            scheduler: \(scheduler)
            real-servers:

        """ + reals.map { "      - address: \"\($0)\"\n" }.joined()
    }
}
