// SPDX-License-Identifier: Apache-2.0

import Lab
import Testing

@Suite struct ProgramsTests {
    @Test("their paths are absolute, however their folder is named")
    func absolute() throws {
        let programs = try Programs()
        let folder = programs.daemon.dropLast("/lvsdrd".count)
        #expect(try Programs(in: "\(folder)/.") == programs)
        #expect(throws: LabError.programMissing("\(folder)/none/lvsdrd")) {
            try Programs(in: "\(folder)/none")
        }
    }
}
