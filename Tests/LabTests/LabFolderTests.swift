// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Lab

struct LabFolderTests {
    @Test("what a lab's maker writes down is read back as it was")
    func state() {
        let state = LabFolder.State(process: 4711, hosts: ["client", "switch"])
        #expect(state.text == "process 4711\nhost client\nhost switch\n")
        #expect(LabFolder.State(state.text) == state)
    }

    @Test("a state that was not written to its end is none", arguments: ["", "process", "host a"])
    func brokenState(_ text: String) {
        #expect(LabFolder.State(text) == nil)
    }
}
