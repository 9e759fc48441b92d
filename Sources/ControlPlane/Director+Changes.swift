// SPDX-License-Identifier: Apache-2.0

public import LVSModel

// What operators and programs change while the director runs.
extension Director {
    /// What is in force: the configuration file, and what was changed at run time.
    public var settings: DirectorSettings { transaction?.before ?? reconciler.settings }

    /// The configuration file as it was last loaded, or saved.
    public var loadedFile: DirectorSettings { file }

    /// Makes all of the changes, or none; returns when the table that has them is in force.
    ///
    /// Before the director serves, that is when it begins to.
    ///
    /// What can not be written to the journal is in force all the same; the status tells of it.
    ///
    /// - Parameter author: whom the events name.
    /// - Throws: why none is made. `unavailable` when the table was not taken or the director stops:
    ///   then what was in force still is.
    public func change(
        _ changes: [Change], by author: Author? = nil
    ) async throws(ChangeRefusal) {
        _ = try await ask(.changes(changes), by: author)
    }

    /// Loads the configuration file again; returns when what it made is in force.
    ///
    /// - Parameters:
    ///   - file: as it is now, valid by itself.
    ///   - exactly: whether what was changed at run time is dropped; otherwise it stands, apart from
    ///     what is new in the file.
    ///   - author: whom the events name.
    @discardableResult
    public func reload(
        _ file: DirectorSettings, exactly: Bool = false, by author: Author? = nil
    ) async throws(ChangeRefusal) -> Reload {
        let step = try await ask(.reload(file, exactly: exactly), by: author)
        guard let reload = step.reload else {
            preconditionFailure("a reload is answered by one")
        }
        return reload
    }

    /// What `reload` would make now.
    public func preview(
        _ file: DirectorSettings, exactly: Bool = false
    ) throws(ChangeRefusal) -> Reload {
        exactly
            ? Reload(exactly: file, running: settings)
            : try Reload(base: self.file, file: file, running: settings)
    }

    /// What was changed since the file was loaded: made in the file's settings, it gives what is in
    /// force.
    public func differencesFromFile() -> [Change] {
        Change.changes(from: file, to: settings)
    }

    /// The file says this now, because what is running was written to it.
    public func didSave(_ file: DirectorSettings, by author: Author? = nil) {
        follow(file)
        tell(.saved, by: author)
    }

    private func follow(_ file: DirectorSettings) {
        self.file = file
        record.needsReplacement = true
        caller.yield()
    }

    private func ask(
        _ wish: ChangeRequest.Wish, by author: Author?
    ) async throws(ChangeRefusal) -> ChangeStep {
        guard !isStopping else {
            throw ChangeRefusal(.unavailable, "the director is stopping")
        }
        let result = await withCheckedContinuation { continuation in
            requests.append(
                ChangeRequest(wish: wish, author: author) { continuation.resume(returning: $0) })
            caller.yield()
        }
        return try result.get()
    }
}

// One transaction after the other: wanted, published, written down, answered.
extension Director {
    /// Wants what was requested since the last time, unless something is on its way already.
    func begin() async {
        roleRequests.begin()
        guard transaction == nil else { return }
        let (before, wasInForce) = (reconciler.settings, !reconciler.isUnpublished)
        var (settings, file) = (before, file)
        var steps: [(request: ChangeRequest, step: ChangeStep)] = []
        for request in requests.take() {
            do throws(ChangeRefusal) {
                let step = try request.wish.step(from: settings, file: file)
                (settings, file) = (step.settings, step.file ?? file)
                steps.append((request, step))
            } catch {
                request.answer(.failure(error))
            }
        }
        guard !steps.isEmpty else { return }
        let removes = steps.contains { $0.step.changes.contains(where: \.isRemoval) }
        let health = removes ? reconciler.services.knownHealth : [:]
        do {
            try await apply(settings)
            transaction = Transaction(
                before: before, wasInForce: wasInForce, health: health, steps: steps)
        } catch {
            refuse(steps.map(\.request), ChangeRefusal(error))
        }
    }

    /// Answers those whose changes are in force, once they are written down.
    func finish() async {
        await finishRoles()
        guard let done = transaction, !reconciler.isUnpublished else { return }
        transaction = nil
        report()
        drains = Drains(reconciler.settings)
        var before = done.before
        for (request, step) in done.steps {
            if !step.changes.isEmpty { record.note(.changed(step.changes)) }
            if let file = step.file, file != self.file { follow(file) }
            tell(step, by: request.author, before: before)
            before = step.settings
        }
        await write()
        for (request, step) in done.steps { request.answer(.success(step)) }
    }

    /// Wants again what is in force: the table with the changes was not taken.
    func takeBack(_ cause: DirectorError) {
        roleRequests.answerBegun(
            ChangeRefusal(.unavailable, "\(cause); the role is taken on when that goes again"))
        guard let failed = transaction else { return }
        transaction = nil
        do {
            try reconciler.apply(failed.before, flowless: [])
            reconciler.restoreHealth(failed.health)
            // What was not taken is wanted no more: the next table need not wait.
            if failed.wasInForce { reconciler.publishing.succeeded() }
        } catch {
            tell(.failed(error))
        }
        refuse(failed.steps.map(\.request), ChangeRefusal(cause))
    }

    /// Of several, one alone may be in the way.
    private func refuse(_ failed: [ChangeRequest], _ refusal: ChangeRefusal) {
        if failed.count > 1 {
            requests.putBack(failed)
            caller.yield()
        } else {
            for request in failed { request.answer(.failure(refusal)) }
        }
    }

    func refuseChanges(_ refusal: ChangeRefusal) {
        let open = transaction?.steps.map(\.request) ?? []
        if let transaction {
            self.transaction = nil
            // Nothing is published any more: this is for who asks what is in force.
            try? reconciler.apply(transaction.before, flowless: [])
        }
        for request in open + requests.takeAll() { request.answer(.failure(refusal)) }
    }

    /// How many changes of one time are told by themselves.
    private static let toldChanges = 20

    private func tell(_ step: ChangeStep, by author: Author?, before: DirectorSettings) {
        if let reload = step.reload {
            tell(
                .reloaded(applied: reload.applied.count, skipped: reload.skipped.count), by: author)
            for skipped in reload.skipped.prefix(Self.toldChanges) {
                tell(.notReloaded(skipped.change, reason: skipped.reason), by: author)
            }
        }
        for drained in step.drained {
            tell(.drained(drained.key.address, of: drained.key.service, flows: drained.flows))
        }
        guard step.drained.isEmpty, !step.changes.isEmpty else { return }
        let told = step.changes.prefix(Self.toldChanges)
        for (change, line) in zip(told, Change.lines(told, before: before)) {
            tell(.changed(change, line), by: author)
        }
        let rest = step.changes.count - told.count
        if rest > 0 { tell(.moreChanged(rest), by: author) }
    }
}

extension Change {
    fileprivate var isRemoval: Bool {
        switch self {
        case .removeService, .removeAllServices, .removeRealServer: true
        default: false
        }
    }
}

extension ChangeRefusal {
    fileprivate init(_ error: DirectorError) {
        switch error {
        case .tooManyServices, .tooManyRealServers: self.init(.invalid, "\(error)")
        default: self.init(.unavailable, "\(error)")
        }
    }
}

extension Reconciler {
    /// Of those that are wanted again, what checks had said before they were not.
    fileprivate mutating func restoreHealth(_ known: [CheckedName: HealthReport]) {
        guard !known.isEmpty else { return }
        let current = services.knownHealth
        services.restore(known.filter { current[$0.key] == nil })
    }
}
