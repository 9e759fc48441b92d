// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import Lab

struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell",
        abstract: "Open a shell on a host, or run a command there.",
        discussion: """
            Only the network is the host's: files and programs are the machine's. The hosts are \
            client, director, web1, web2 and so on, router (with --two-arm), and switch, where \
            all cables end.

            EXAMPLES
              lvsdr-lab shell client
              lvsdr-lab shell client curl http://192.168.142.100/
              lvsdr-lab shell switch tcpdump -e -n -i director-eth0
            """)

    @OptionGroup var lab: NameOption

    @Argument(help: "The host.")
    var host: String

    @Argument(parsing: .captureForPassthrough, help: "The command; a shell if there is none.")
    var command: [String] = []

    func run() throws {
        let shell = try Shell(on: host, of: lab.name, running: command)
        for (name, value) in shell.environment {
            unsafe setenv(name, value, 1)
        }
        unblockSignals()
        var words = unsafe shell.words.map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        unsafe execvp(shell.words[0], &words)
        throw LabError.system(operation: "run \(shell.words[0])", errno: errno)
    }

    /// The runtime's threads block signals, and the program that takes this one's place would go on
    /// with that: Ctrl-C would not reach it.
    private func unblockSignals() {
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
    }
}
