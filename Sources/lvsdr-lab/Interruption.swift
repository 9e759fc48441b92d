// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Dispatch
import Glibc
import Lab
import Synchronization

/// Does the work; Ctrl-C, SIGTERM or a closed terminal cancel it. It takes down what it brought
/// up, and then the program ends with status 130.
func withInterruption(_ work: @escaping @Sendable () async throws -> Void) async throws {
    let interrupted = Atomic(false)
    let task = Task(operation: work)
    let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            interrupted.store(true, ordering: .relaxed)
            task.cancel()
        }
        source.resume()
        return source
    }
    defer { sources.forEach { $0.cancel() } }
    signal(SIGPIPE, SIG_IGN)
    do {
        try await task.value
    } catch let error where interrupted.load(ordering: .relaxed) {
        if error as? LabError != .cancelled { say("\(error)") }
    }
    if interrupted.load(ordering: .relaxed) { throw ExitCode(130) }
}
