// SPDX-License-Identifier: Apache-2.0

import ControlClient
import ControlMessages

/// What a shell is offered behind a word: what the running director has, and nothing when it can not
/// be asked.
enum Completion {
    /// The names of the virtual services, as commands take them.
    static var services: [String] {
        status.map { service in
            let vip = service.address.contains(":") ? "[\(service.address)]" : service.address
            let udp = service.protocol == "udp" ? "/udp" : ""
            return "\(vip):\(service.ports)\(udp)"
        }
    }

    /// The addresses of the real servers (RIPs), each once.
    static var realServers: [String] {
        Set(status.flatMap { $0.realServers.map(\.address) }).sorted()
    }

    private static var status: [ServiceMessage] {
        let path = Terminal.environment("LVSDR_SOCKET") ?? ControlClient.defaultSocket
        return (try? ControlClient(socket: path).services())?.services ?? []
    }
}
