// SPDX-License-Identifier: Apache-2.0

public import LVSModel

// Active and standby.
extension Director {
    /// Serves, or waits to take over, from now on; returns when that is in force and written down.
    ///
    /// - Parameters:
    ///   - author: whom the event names.
    ///   - begun: when the command began that asks, in a unit of the caller's; nil where that is not
    ///     known. Commands that run at once, as keepalived's do, may come in another order.
    /// - Throws: when it is not in force yet, and is tried again; or the director stops; or
    ///   `conflict`: a command that began later was here before.
    public func setRole(
        _ role: Role, by author: Author? = nil, begun: UInt64? = nil
    ) async throws(ChangeRefusal) {
        guard !isStopping else {
            throw ChangeRefusal(.unavailable, "the director is stopping")
        }
        if let begun {
            guard begun >= roleRequests.latest else {
                throw ChangeRefusal(
                    .conflict,
                    "the director is \(reconciler.role.rawValue), by a command that began later")
            }
            roleRequests.latest = begun
        }
        if role != reconciler.role {
            report()
            reconciler.setRole(role)
            report(by: author)
            record.note(.role(role))
        }
        let refusal = await withCheckedContinuation { continuation in
            roleRequests.new.append(continuation)
            caller.yield()
        }
        if let refusal { throw refusal }
    }

    /// The table that is in force answers those that `begin` saw.
    func finishRoles() async {
        guard !roleRequests.begun.isEmpty, !reconciler.isUnpublished else { return }
        await write()
        roleRequests.answerBegun(nil)
    }
}

/// Who waits until a role is in force.
struct RoleRequests {
    typealias Answer = CheckedContinuation<ChangeRefusal?, Never>

    /// When the last command began that was heeded.
    var latest: UInt64 = 0
    /// Since the director last looked.
    var new: [Answer] = []
    /// What is published next has their role.
    private(set) var begun: [Answer] = []

    mutating func begin() {
        begun += new
        new = []
    }

    mutating func answerBegun(_ refusal: ChangeRefusal?) {
        for answer in begun { answer.resume(returning: refusal) }
        begun = []
    }

    mutating func answerAll(_ refusal: ChangeRefusal) {
        begin()
        answerBegun(refusal)
    }
}
