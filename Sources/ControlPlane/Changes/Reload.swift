// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// What a reload made, or would make.
public struct Reload: Hashable, Sendable {
    /// What is wanted then.
    public var settings: DirectorSettings
    /// What becomes other than it is.
    public var applied: [Change]
    /// What is new in the file and has no place in what is running.
    public var skipped: [Skipped]
    /// What only a restart brings, a line each such as `interface: eth0 -> eth1`.
    public var needsRestart: [String]

    public struct Skipped: Hashable, Sendable {
        public var change: Change
        public var reason: String

        public init(_ change: Change, reason: String) {
            self.change = change
            self.reason = reason
        }
    }

    /// Running becomes what the file says; what was changed at run time is dropped.
    ///
    /// - Parameters:
    ///   - file: as it is now, valid by itself.
    ///   - running: keeps what only a restart brings.
    public init(exactly file: DirectorSettings, running: DirectorSettings) {
        settings = file.keepingStart(of: running)
        applied = Change.changes(from: running, to: settings)
        skipped = []
        needsRestart = running.restartDifferences(to: file)
    }

    /// What is new in the file is made in what is running; other changes that were made at run time
    /// stand. Of the things that are new in the file, the file's word counts.
    ///
    /// - Parameters:
    ///   - base: the file as it was last loaded.
    ///   - file: as it is now, valid by itself.
    ///   - running: keeps what only a restart brings.
    /// - Throws: when what is new in the file can not stand beside what was changed at run time.
    public init(
        base: DirectorSettings, file: DirectorSettings, running: DirectorSettings
    ) throws(ChangeRefusal) {
        var changes = Change.changes(from: base, to: file)
        var skipped: [Skipped] = []
        var rounds = 0
        while true {
            let attempt = Attempt(changes, in: running)
            skipped += attempt.homeless
            guard let first = attempt.findings.first else {
                settings = attempt.settings
                break
            }
            rounds += 1
            let blamed = attempt.blamed
            guard !blamed.isEmpty, rounds <= Self.maximumRounds else {
                throw ChangeRefusal(.conflict, first.reason)
            }
            skipped += blamed.sorted { $0.key < $1.key }.map {
                Skipped(attempt.made[$0.key], reason: $0.value)
            }
            changes = attempt.made.indices.filter { blamed[$0] == nil }.map { attempt.made[$0] }
        }
        self.skipped = skipped
        applied = Change.changes(from: running, to: settings)
        needsRestart = running.restartDifferences(to: file)
    }

    /// How often it tries to do without what is in the way, before it gives up: beyond
    /// `SettingsRules.limit` in each, so much was changed at run time that the file has no say.
    private static let maximumRounds = 8
}

/// What comes of making the file's changes in what is running.
private struct Attempt {
    let settings: DirectorSettings
    /// Those that met what they speak of, and those that did not.
    var made: [Change] = []
    var homeless: [Reload.Skipped] = []
    /// What is wrong then.
    let findings: [SettingsFinding]

    init(_ changes: [Change], in running: DirectorSettings) {
        var draft = SettingsDraft(running)
        for change in changes {
            do throws(ChangeRefusal) {
                try draft.merge(change)
                made.append(change)
            } catch {
                homeless.append(Reload.Skipped(change, reason: error.reason))
            }
        }
        settings = draft.settings
        findings = draft.findings(in: settings)
    }

    /// The changes that brought it, by their indexes, each with why it can not be.
    var blamed: [Int: String] {
        var blamed: [Int: String] = [:]
        for finding in findings {
            guard let index = finding.index(among: made), blamed[index] == nil else { continue }
            blamed[index] = finding.reason
        }
        return blamed
    }
}

extension SettingsDraft {
    /// Makes a change of the file, also where the thing that it adds was added at run time.
    fileprivate mutating func merge(_ change: Change) throws(ChangeRefusal) {
        switch change {
        case .addService(let service):
            guard let known = services[service.address]?.whole else { return try make(change) }
            let edit = ServiceEdit(from: known, to: service)
            try make(.editService(service.address, edit))
            for real in service.realServers {
                try merge(.addRealServer(real, to: service.address))
            }
        case .addRealServer(let real, let name):
            guard realServer(real.address, of: name) != nil else { return try make(change) }
            try update(real.address, of: name) { known in
                let state = (known.administrativeState, known.drainEnd)
                known = real
                // The file says so only of those that it does not want enabled.
                guard real.administrativeState == .enabled else { return }
                (known.administrativeState, known.drainEnd) = state
            }
        default: try make(change)
        }
    }
}

extension SettingsDraft {
    mutating func realServer(_ address: IPAddress, of name: ServiceAddress) -> RealServer? {
        services.update(name) { $0.realServer(address) }.flatMap(\.self)
    }
}
