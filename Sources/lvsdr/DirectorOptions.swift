// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlClient
import Glibc

/// Which director is asked; the same for each subcommand.
struct DirectorSocket: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The director's control socket.",
            discussion: """
                Without it: the environment variable LVSDR_SOCKET, else \
                \(ControlClient.defaultSocket).
                """,
            valueName: "path"))
    var socket: String?

    /// - Parameter timeoutMilliseconds: For a whole question.
    func client(timeoutMilliseconds: UInt32 = 10_000) -> ControlClient {
        ControlClient(
            socket: socket ?? Terminal.environment("LVSDR_SOCKET") ?? ControlClient.defaultSocket,
            timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Asks the director; where it can not be asked, says why on standard error and ends the
    /// command with status 1.
    func ask<Answer>(
        _ question: (ControlClient) throws(ControlClientError) -> Answer
    ) throws(ExitCode) -> Answer {
        do {
            return try question(client())
        } catch {
            Terminal.write("lvsdr: \(error)\n", to: STDERR_FILENO)
            throw ExitCode(1)
        }
    }
}

/// Which director is asked, and how its answer is shown.
struct DirectorOptions: ParsableArguments {
    @OptionGroup var socket: DirectorSocket

    @Flag(help: "Print the director's JSON as it is.")
    var json = false

    func ask<Answer>(
        _ question: (ControlClient) throws(ControlClientError) -> Answer
    ) throws(ExitCode) -> Answer {
        try socket.ask(question)
    }
}
