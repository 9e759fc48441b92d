// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ControlPlane

@Suite("Roster")
struct RosterTests {
    @Test("keeps its order while some go, come and become other")
    func order() {
        var roster = Roster([1, 2, 3]) { "\($0)" }
        let removed = roster.remove("2")
        let again = roster.remove("2")
        #expect(removed && !again)
        roster.append(2, named: "2")
        let updated: Void? = roster.update("1") { $0 = 10 }
        #expect(updated != nil)
        let missing: Void? = roster.update("9") { $0 = 10 }
        #expect(missing == nil)
        #expect(roster.inOrder == [10, 3, 2])
        #expect(roster["3"] == 3)
        #expect(roster["9"] == nil)
        #expect(roster.count == 3)
        roster.removeAll()
        #expect(roster.inOrder == [])
    }
}
