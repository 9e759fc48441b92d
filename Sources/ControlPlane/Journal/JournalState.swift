// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// The running state of a director, as a new process can go on with it.
public struct JournalState: Hashable, Sendable {
    /// The configuration file as it was last loaded.
    public var file: DirectorSettings
    /// What is wanted, changes at run time included.
    public var settings: DirectorSettings
    /// What the checks said last.
    public var health: [CheckedName: HealthReport]
    public var role: Role
    /// Whom floors keep in although their checks fail, of the services that keep somebody; nil where
    /// that was not written down.
    public var kept: [ServiceAddress: [IPAddress]]?

    public init(
        file: DirectorSettings, settings: DirectorSettings,
        health: [CheckedName: HealthReport] = [:], role: Role,
        kept: [ServiceAddress: [IPAddress]]? = [:]
    ) {
        self.file = file
        self.settings = settings
        self.health = health
        self.role = role
        self.kept = kept
    }

    /// The state after these, in their order. What was known of a real server that is not wanted any
    /// more, or not checked, stays: nobody asks for it.
    ///
    /// - Throws: with the number of the entry, from 1, when a change can not be made: then the
    ///   journal is not of this state.
    public func after(_ entries: some Sequence<JournalEntry>) throws(ChangeRefusal) -> JournalState
    {
        var state = self
        var draft = SettingsDraft(settings)
        for (index, entry) in entries.enumerated() {
            switch entry {
            case .changed(let changes):
                do throws(ChangeRefusal) {
                    for change in changes { try draft.make(change) }
                } catch {
                    throw error.numbered(index + 1)
                }
            case .health(let report):
                let name = CheckedName(service: report.service, realServer: report.realServer)
                state.health[name] = report
            case .role(let role): state.role = role
            case .floor(let service, let kept): state.kept?[service] = kept.isEmpty ? nil : kept
            }
        }
        state.settings = draft.settings
        if let finding = draft.findings(in: state.settings).first {
            throw ChangeRefusal(finding.kind, finding.reason)
        }
        return state
    }

    /// What a new process wants, with the file as it is now: the difference since it was last loaded
    /// is made in what was running, and what only a restart brings is as the file says.
    public func resumed(with file: DirectorSettings) throws(ChangeRefusal) -> Reload {
        try Reload(base: self.file, file: file, running: settings.keepingStart(of: file))
    }
}
