// SPDX-License-Identifier: Apache-2.0

public import LVSModel

// Active and standby.
extension Director {
    /// Serves, or waits to take over, from now on; returns when that is in force and written down.
    ///
    /// - Parameter author: whom the event names.
    /// - Throws: when it is not in force yet, and is tried again; or the director stops.
    public func setRole(_ role: Role, by author: Author? = nil) async throws(ChangeRefusal) {
        guard !isStopping else {
            throw ChangeRefusal(.unavailable, "the director is stopping")
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
