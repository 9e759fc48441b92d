// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// systemd's command.
enum Service {
    /// Runs `systemctl` and waits for it; what it says goes where this command's words go.
    ///
    /// - Parameter root: what stands for `/`.
    static func run(_ words: [String], root: String) throws(ExitCode) {
        var process: pid_t = 0
        let arguments = ["systemctl"] + (root == "/" ? [] : ["--root=\(root)"]) + words
        let list = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { unsafe list.forEach { unsafe free($0) } }
        var status: Int32 = 0
        let code = unsafe posix_spawnp(&process, "systemctl", nil, nil, list, environ)
        guard code == 0 else {
            let line = arguments.joined(separator: " ")
            let reason = unsafe String(cString: strerror(code))
            Terminal.write("lvsdr: cannot run `\(line)`: \(reason)\n", to: STDERR_FILENO)
            throw ExitCode(1)
        }
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else { throw ExitCode(1) }
    }
}
