// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import ControlPlane
import ControlServer
import FoundationEssentials
import LVSConfiguration
import LVSModel
import Logging

// What the control socket changes.
extension ControlAdapter {
    func change(
        _ body: [UInt8], by author: Author?
    ) async throws(ControlRefusal) -> ChangesMessage {
        let changes: [Change]
        do {
            let now = UInt64(Date().timeIntervalSince1970)
            changes = try ChangesText.read(body, name: "changes", now: now)
        } catch {
            throw ControlRefusal(.unreadable, "\(error)", findings: error.findings)
        }
        try await refusing { () throws(ChangeRefusal) in
            try await director.change(changes, by: author)
        }
        return ChangesMessage(changes: changes.count)
    }

    func reload(
        _ query: ReloadQuery, by author: Author?
    ) async throws(ControlRefusal) -> ReloadMessage {
        let file: DirectorSettings
        do {
            file = try store.read()
        } catch {
            throw ControlRefusal(.invalid, "\(error)", findings: error.findings)
        }
        let before = await director.settings
        let reload = try await refusing { () throws(ChangeRefusal) in
            query.isCheck
                ? try await director.preview(file, exactly: query.isExact)
                : try await director.reload(file, exactly: query.isExact, by: author)
        }
        return ReloadMessage(
            inForce: !query.isCheck, applied: Change.lines(reload.applied, before: before),
            skipped: reload.skipped.map {
                ReloadMessage.Skipped(
                    change: Change.lines([$0.change], before: before).first ?? "",
                    reason: $0.reason)
            },
            needsRestart: reload.needsRestart)
    }

    func save(by author: Author?) async throws(ControlRefusal) -> SavedMessage {
        let settings = await director.settings
        do {
            let former = try store.save(settings)
            await director.didSave(settings, by: author)
            return SavedMessage(path: store.path, former: former)
        } catch {
            throw ControlRefusal(.unavailable, "\(error)")
        }
    }

    func zero(
        _ service: ServiceAddress?, by author: Author?
    ) async throws(ControlRefusal) -> DoneMessage {
        try await refusing { () throws(ChangeRefusal) in
            try await director.zeroCounters(of: service, by: author)
        }
        return DoneMessage(done: "figures of \(service?.name ?? "all services") count from here")
    }

    func setRole(
        _ role: Role, by author: Author?
    ) async throws(ControlRefusal) -> DoneMessage {
        let begun: UInt64? =
            if case .peer(_, _, let process) = author {
                ProcessStart.ticks(ofCommand: process)
            } else {
                nil
            }
        try await refusing { () throws(ChangeRefusal) in
            try await director.setRole(role, by: author, begun: begun)
        }
        return DoneMessage(done: "the director is \(role.rawValue)")
    }

    var logLevel: LogLevel { threshold.level }

    func setLogLevel(_ level: LogLevel) {
        threshold.level = level
    }

    func settings() async -> String {
        ConfigurationText.write(await director.settings)
    }

    func differences() async -> DifferencesMessage {
        let changes = await director.differencesFromFile()
        return DifferencesMessage(
            changes: Change.lines(changes, before: await director.loadedFile))
    }

    private func refusing<Result: Sendable>(
        _ change: () async throws(ChangeRefusal) -> Result
    ) async throws(ControlRefusal) -> Result {
        do {
            return try await change()
        } catch {
            throw ControlRefusal(ControlRefusal.Kind(error.kind), "\(error)")
        }
    }
}

extension ConfigurationFailure {
    fileprivate var findings: [ProblemMessage.Finding] {
        errors.map { error in
            ProblemMessage.Finding(
                line: error.position?.line, column: error.position?.column,
                detail: "\(error.found); expected \(error.expected)"
                    + (error.hint.map { " (\($0))" } ?? ""))
        }
    }
}

extension ControlRefusal.Kind {
    fileprivate init(_ kind: ChangeRefusal.Kind) {
        switch kind {
        case .conflict: self = .conflict
        case .notFound: self = .notFound
        case .invalid: self = .invalid
        case .unavailable: self = .unavailable
        }
    }
}
