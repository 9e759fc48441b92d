// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Subprocess

/// What a program left behind.
package struct ProgramResult: Sendable {
    /// -1 after a signal.
    package let status: Int32
    package let output: String
    package let errors: String
}

/// Runs a program as a shell would find it and waits for its end.
///
/// - Parameter words: Its name, which PATH knows, and its arguments.
package func run(_ words: [String]) async throws -> ProgramResult {
    let result = try await Subprocess.run(
        .name(words[0]), arguments: Arguments(Array(words.dropFirst())),
        output: .string(limit: 1 << 24), error: .string(limit: 1 << 16))
    let status: Int32 =
        switch result.terminationStatus {
        case .exited(let code): code
        case .signaled: -1
        }
    return ProgramResult(
        status: status, output: result.standardOutput, errors: result.standardError)
}

/// The path of a program that was built beside the tests.
package func built(_ name: String) throws -> String {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return tests.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/" + name
}
