// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlClient
import ControlMessages
import DataPlane
import Doctor
import Glibc
import LVSConfiguration
import LVSModel

/// `lvsdr doctor`.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what is wrong with this director's host, its segment and its real servers.",
        discussion: """
            For each check: what was found, why it matters, and what mends it. It runs on the director, \
            with lvsdrd or without, and changes nothing. Hosts of the segment are asked with a handful of \
            frames: who has the VIPs and the real servers' addresses, and each real server for an echo, an \
            echo as large as the MTU, one in the name of a stranger, and a connection to each TCP \
            service, in the way of a client's packet. It takes some seconds.

            Without --config it is about /etc/lvsdr/lvsdr.yaml or, where there is none, about what the \
            running director does.

            Exit status: 0 when all is well, 1 for warnings and for what could not be checked, 2 when \
            something is broken, 71 when this host could not be looked at, 78 without a configuration \
            in order.

            EXAMPLES
              lvsdr doctor
              lvsdr doctor --all       the checks that found nothing wrong, one by one
              lvsdr doctor --json
              lvsdr doctor --config lab.yaml
            """)

    private static let file = "/etc/lvsdr/lvsdr.yaml"

    @Option(
        help: ArgumentHelp("lvsdrd's configuration file.", valueName: "file"))
    var config: String?

    @Flag(help: "This host routes for others, and goes on so.")
    var router = false

    @Flag(help: "Show each check that found nothing wrong.")
    var all = false

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var director: DirectorSocket

    func run() throws {
        let settings = try settings()
        let progress = DoctorProgress()
        let findings: [Finding]
        do throws(DoctorError) {
            findings = try Doctor.examine(request(settings), tick: progress.tick)
        } catch {
            progress.end()
            Terminal.write("lvsdr: \(error)\n", to: STDERR_FILENO)
            throw ExitCode(71)
        }
        progress.end()
        let message = DoctorMessage(findings)
        if json {
            guard let text = try? message.json() else {
                preconditionFailure("words become JSON")
            }
            Terminal.write(text)
        } else {
            Terminal.write(
                DoctorText(findings: findings, width: Terminal.width, showsAll: all).lines)
        }
        if message.exitStatus != 0 { throw ExitCode(message.exitStatus) }
    }

    private func request(_ settings: DirectorSettings) -> DoctorRequest {
        let options = (config.map { " --config \($0)" } ?? "") + (router ? " --router" : "")
        return DoctorRequest(
            settings: settings, isRouter: router, apply: "lvsdr director apply" + options,
            flowFile: FlowFileState(FlowFileLook(path: settings.runtimeDirectory + "/flows")))
    }

    /// - Throws: status 78 where there are none in order.
    private func settings() throws(ExitCode) -> DirectorSettings {
        let reason: String
        do throws(ConfigurationFailure) {
            if let config { return try ConfigurationFile.read(path: config) }
            if unsafe access(Self.file, F_OK) == 0 {
                return try ConfigurationFile.read(path: Self.file)
            }
            if let running = try? director.client().settings() {
                return try ConfigurationFile.parse(running, file: "what the director runs")
            }
            reason = """
                lvsdr: there is no \(Self.file), and no lvsdrd runs that could be asked; name a file \
                with --config
                """
        } catch {
            reason = "\(error)"
        }
        Terminal.write(reason + "\n", to: STDERR_FILENO)
        throw ExitCode(78)
    }
}

extension FlowFileState {
    init(_ look: FlowFileLook) {
        if let code = look.errno {
            self = code == ENOENT ? .absent : .unreadable(unsafe String(cString: strerror(code)))
        } else if let damage = look.damage {
            self = .damaged(damage)
        } else {
            self = look.ahead > 0 ? .ahead(flows: look.ahead) : .sound
        }
    }
}

/// A line on a terminal that says that it goes on, once that is not plain.
final class DoctorProgress {
    private static let patience = Duration.seconds(2)

    private let begin = ContinuousClock.now
    private let isShown = isatty(STDERR_FILENO) == 1
    private var seconds: Int64 = 0

    func tick() {
        let elapsed = ContinuousClock.now - begin
        guard isShown, elapsed > Self.patience, elapsed.components.seconds != seconds else {
            return
        }
        seconds = elapsed.components.seconds
        Terminal.write("\r\u{1B}[Kasking the segment: \(seconds) s", to: STDERR_FILENO)
    }

    func end() {
        if seconds > 0 { Terminal.write("\r\u{1B}[K", to: STDERR_FILENO) }
    }
}
