// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

private struct Refused: Error {
    let step: String
    let errno: Int32
}

/// Runs the body on a thread of its own in a mount namespace of its own, which goes with it.
///
/// - Parameter commands: what mounts something there, for a shell.
func inMountNamespace<Value: Sendable>(
    _ commands: String, _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread {
            continuation.resume(
                with: Result {
                    try enterMountNamespace(commands)
                    return try body()
                })
        }.start()
    }
}

private func enterMountNamespace(_ commands: String) throws {
    // unshare(2) and CLONE_NEWNS, which Swift's view of glibc leaves out.
    let unshare = unsafe unsafeBitCast(
        dlsym(nil, "unshare"), to: (@convention(c) (Int32) -> Int32).self)
    guard unshare(0x2_0000) == 0 else { throw Refused(step: "unshare", errno: errno) }
    let line = "set -e; mount --make-rprivate /; \(commands)"
    guard let pipe = unsafe popen(line, "r"), unsafe pclose(pipe) == 0 else {
        throw Refused(step: commands, errno: errno)
    }
}
