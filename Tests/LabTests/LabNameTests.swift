// SPDX-License-Identifier: Apache-2.0

import Lab
import Testing

struct LabNameTests {
    @Test("a name has 1 to 16 letters of a...z and digits", arguments: ["lab", "k3f9", "a", "0"])
    func valid(_ text: String) {
        #expect(LabName(text)?.text == text)
    }

    @Test(
        "other names are refused",
        arguments: ["", "Lab", "my-lab", "../etc", "a b", "ä", "abcdefghijklmnopq"])
    func invalid(_ text: String) {
        #expect(LabName(text) == nil)
    }

    @Test("a made name is valid and another one each time")
    func unique() {
        let names = (0..<100).map { _ in LabName.unique() }
        #expect(Set(names).count == 100)
        #expect(names.allSatisfy { LabName($0.text) == $0 })
    }

    @Test("a namespace is named after the lab and the host")
    func namespace() {
        #expect(LabName.byHand.namespace(of: .web(2)) == "lvsdr-lab-web2")
    }
}
