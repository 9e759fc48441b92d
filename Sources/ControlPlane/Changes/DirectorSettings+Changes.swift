// SPDX-License-Identifier: Apache-2.0

public import LVSModel

extension DirectorSettings {
    /// These settings with all of the changes made, one after the other.
    ///
    /// Each change must meet what it speaks of when its turn comes. What must hold between the parts,
    /// such as that the services of a VIP agree on `arp`, must hold when all changes are made.
    ///
    /// - Throws: the first change that can not be made, with its number from 1.
    public func applying(_ changes: [Change]) throws(ChangeRefusal) -> DirectorSettings {
        var draft = SettingsDraft(self)
        for (index, change) in changes.enumerated() {
            do throws(ChangeRefusal) {
                try draft.make(change)
            } catch {
                throw error.numbered(index + 1)
            }
        }
        let result = draft.settings
        if let finding = draft.findings(in: result).first { throw finding.refusal(of: changes) }
        return result
    }
}
