// SPDX-License-Identifier: Apache-2.0

@testable import Lab

/// Makes a folder that is removed when `body` is over.
func withTemporaryFolder(_ body: (String) async throws -> Void) async throws {
    let folder = "/tmp/lvsdr-\(LabName.unique())"
    try Files.makeFolder(folder)
    do {
        try await body(folder)
    } catch {
        try await Command.succeed(["rm", "-rf", "--", folder])
        throw error
    }
    try await Command.succeed(["rm", "-rf", "--", folder])
}
