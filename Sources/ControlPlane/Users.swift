// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// The positions of the services that have a real server of an address; 100,000 of them in two
/// pieces of memory.
struct Users: Sendable {
    private struct User: Sendable {
        let position: Int
        /// Where another one of the same address stands.
        let previous: Int?
    }

    private var users: [User] = []
    private var last: [IPAddress: Int] = [:]

    var addresses: Set<IPAddress> { Set(last.keys) }

    mutating func add(_ position: Int, of address: IPAddress) {
        let previous = last.updateValue(users.count, forKey: address)
        users.append(User(position: position, previous: previous))
    }

    func positions(of address: IPAddress) -> [Int] {
        var positions: [Int] = []
        var next = last[address]
        while let user = next.map({ users[$0] }) {
            positions.append(user.position)
            next = user.previous
        }
        return positions
    }
}
