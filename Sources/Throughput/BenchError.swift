// SPDX-License-Identifier: Apache-2.0

public import Lab

/// Why a measurement could not be made.
public enum BenchError: Error, Hashable, Sendable {
    case lab(LabError)
    /// What a program printed is not what was expected.
    case unreadable(program: String, output: String)
    /// The contender does not run on this machine: why, in a sentence.
    case unsupported(String)
    /// The machine has one CPU: generator and director can not be apart.
    case oneCPU
}

extension BenchError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .lab(let error): "\(error)"
        case .unreadable(let program, let output):
            "\(program) printed what is no measurement: \(output.prefix(400))"
        case .unsupported(let sentence): sentence
        case .oneCPU:
            "this machine has one CPU: the generator needs one, and the director another"
        }
    }

    /// What the lab throws, as this module's.
    static func wrap<Value>(
        _ body: () async throws(LabError) -> Value
    ) async throws(BenchError) -> Value {
        do throws(LabError) { return try await body() } catch { throw .lab(error) }
    }
}
