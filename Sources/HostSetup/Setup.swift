// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// Makes a host as requirements say, and undoes exactly that.
///
/// What is as it should be already is left alone, then and when all is undone. It is about the
/// network namespace of the calling thread; changing needs root.
public struct Setup: ~Copyable {
    /// How one requirement stands.
    public struct Finding: Hashable, Sendable {
        public let requirement: Requirement
        /// `n/a` where there is nothing of that name.
        public let actual: String
        public let isMet: Bool
    }

    private let host: HostState
    private var record: SetupRecord

    /// - Parameter record: the path of the file that says what was changed.
    public init(record: String) throws(SetupError) {
        let made = try SetupRecord(path: record)
        host = try HostState()
        self.record = made
    }

    /// The addresses that were given to this host, and not taken away since.
    public var addresses: [IPAddress] { record.addresses }

    /// As `HostState.isFilterStrict`.
    public var isFilterStrict: Bool { host.isFilterStrict }

    public func status(_ requirements: [Requirement]) throws(SetupError) -> [Finding] {
        try host.status(requirements)
    }

    /// Makes what is not as it should be, in this order; where something can not be made, what was
    /// made by this call is undone.
    ///
    /// - Returns: what was not as it should be.
    public mutating func apply(_ requirements: [Requirement]) throws(SetupError) -> [Requirement] {
        var made: [Requirement] = []
        var changes: [SetupRecord.Change] = []
        do throws(SetupError) {
            for requirement in requirements where try !host.isMet(requirement) {
                changes.append(try make(requirement))
                made.append(requirement)
            }
        } catch {
            throw rolledBack(changes, after: error)
        }
        return made
    }

    /// Undoes what `apply` did, the last first; with addresses given, takes only those away as long
    /// as others are left.
    ///
    /// - Returns: what was undone, and what was not since it was changed by somebody else, in words.
    public mutating func remove(_ addresses: [IPAddress] = []) throws(SetupError) -> [String] {
        let left = record.addresses.filter { !addresses.contains($0) }
        let all = addresses.isEmpty || left.isEmpty
        var words: [String] = []
        for change in record.changes.reversed() {
            if !all {
                guard case .address(let address, _) = change, addresses.contains(address) else {
                    continue
                }
            }
            words.append(try undo(change))
        }
        return words
    }

    private mutating func make(_ requirement: Requirement) throws(SetupError) -> SetupRecord.Change
    {
        switch requirement {
        case .setting(let setting, let accepted):
            guard let before = host.value(of: setting), let after = accepted.first else {
                throw SetupError("there is no setting \(setting) here; is there such an interface?")
            }
            let change = SetupRecord.Change.setting(setting, before: before, after: after)
            try record.add(change)
            try unlessRecorded(change) { host throws(SetupError) in
                try host.set(setting, to: after)
            }
            return change
        case .address(let address, let interface):
            let change = SetupRecord.Change.address(address, interface: interface)
            try record.add(change)
            try unlessRecorded(change) { host throws(SetupError) in
                try host.add(address, to: interface)
            }
            return change
        }
    }

    /// Takes the change out of the record again when it can not be made.
    private mutating func unlessRecorded(
        _ change: SetupRecord.Change, _ body: (borrowing HostState) throws(SetupError) -> Void
    ) throws(SetupError) {
        do throws(SetupError) {
            try body(host)
        } catch {
            try record.remove(change)
            throw error
        }
    }

    private mutating func undo(_ change: SetupRecord.Change) throws(SetupError) -> String {
        var words = ""
        switch change {
        case .setting(let setting, let before, let after):
            let now = host.value(of: setting)
            if now == after || now == before {
                try host.set(setting, to: before)
                words = "\(setting) is \(before) again"
            } else {
                words = "\(setting) was set to \(now ?? "n/a") by somebody else, and stays"
            }
        case .address(let address, let interface):
            try host.remove(address, from: interface)
            words = "\(address) is no longer on \(interface)"
        }
        try record.remove(change)
        return words
    }

    private mutating func rolledBack(
        _ changes: [SetupRecord.Change], after error: SetupError
    ) -> SetupError {
        for change in changes.reversed() {
            do throws(SetupError) {
                _ = try undo(change)
            } catch let second {
                return SetupError(
                    "\(error); and then what was done already could not be undone: \(second)")
            }
        }
        return SetupError("\(error); nothing was changed")
    }
}
