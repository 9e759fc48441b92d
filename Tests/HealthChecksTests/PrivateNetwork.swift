// SPDX-License-Identifier: Apache-2.0

import Glibc

private struct Refused: Error {
    let step: String
    let errno: Int32
}

/// Runs the body on a thread of its own in a new network namespace, which lives as long as the
/// sockets and threads that it makes.
///
/// - Parameter commands: what makes the network, for a shell.
func inPrivateNetwork<Value: Sendable>(
    _ commands: String = "ip link set lo up",
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let visit = Visit {
            continuation.resume(
                with: Result {
                    try enterPrivateNetwork(commands)
                    return try body()
                })
        }
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { visit in
                guard let visit = unsafe visit else { return nil }
                unsafe Unmanaged<Visit>.fromOpaque(visit).takeRetainedValue().body()
                return nil
            }, Unmanaged.passRetained(visit).toOpaque())
        precondition(code == 0, "a thread can be started")
        pthread_detach(thread)
    }
}

private final class Visit: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}

/// - Parameter commands: what makes the network, for a shell.
private func enterPrivateNetwork(_ commands: String) throws {
    // unshare(2) and CLONE_NEWNET, which Swift's view of glibc leaves out.
    let unshare = unsafe unsafeBitCast(
        dlsym(nil, "unshare"), to: (@convention(c) (Int32) -> Int32).self)
    guard unshare(0x4000_0000) == 0 else { throw Refused(step: "unshare", errno: errno) }
    guard let pipe = unsafe popen("set -e; " + commands, "r"), unsafe pclose(pipe) == 0 else {
        throw Refused(step: commands, errno: errno)
    }
}
