// SPDX-License-Identifier: Apache-2.0

import ControlClient
import ControlMessages
import Glibc
import IPVSCompatibility
import LVSConfiguration
import LVSModel

/// ipvsadm's command line for a running lvsdrd; also under the names ipvsadm, ipvsadm-save and
/// ipvsadm-restore. Exit status: 0 done, 1 the director refused or could not be asked, 2 the command
/// was not understood.
@main enum IPVSAdministration {
    static func main() {
        do {
            let command = try IPVSCommandLine.parse(words)
            try Execution(client: ControlClient(socket: socket)).run(command)
        } catch let error as IPVSUsageError {
            Output.fail("\(error)\n\(Help.hint)", status: 2)
        } catch let failure as Failure {
            Output.fail(failure.text, status: 1)
        } catch {
            Output.fail("\(error)", status: 1)
        }
    }

    /// Behind the program's name, which can be a command too.
    private static var words: [String] {
        let name = CommandLine.arguments.first?.split(separator: "/").last ?? ""
        let given = Array(CommandLine.arguments.dropFirst())
        switch name {
        case "ipvsadm-save": return ["-S"] + given
        case "ipvsadm-restore": return ["-R"] + given
        default: return given
        }
    }

    private static var socket: String {
        guard let value = unsafe getenv("LVSDR_SOCKET") else { return ControlClient.defaultSocket }
        return unsafe String(cString: value)
    }
}

/// Why a command was not done, in ipvsadm's words where it has some.
struct Failure: Error {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    /// What ipvsadm says of a change that the director refuses.
    init(_ error: ControlClientError, of change: Change?) {
        guard case .problem(let problem) = error.reason else {
            text = "\(error)"
            return
        }
        switch (problem.status, change) {
        case (409, .addService): text = "Service already exists (\(problem.detail))"
        case (409, .addRealServer): text = "Destination already exists (\(problem.detail))"
        case (404, .editService), (404, .removeService): text = "No such service"
        case (404, .addRealServer): text = "Service not defined"
        case (404, .editRealServer), (404, .removeRealServer):
            let isService = problem.detail.contains("no service")
            text = isService ? "Service not defined" : "No such destination"
        default: text = problem.detail
        }
    }
}

enum Output {
    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }

    static func fail(_ text: String, status: Int32) -> Never {
        write(text + "\n", to: STDERR_FILENO)
        exit(status)
    }
}
