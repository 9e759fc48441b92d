// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostNetwork
import LVSConfiguration
import LVSModel
import Logging

/// The director daemon.
@main struct Lvsdrd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lvsdrd",
        abstract: "A userspace LVS director in direct-routing mode.",
        discussion: """
            Serves the virtual services of its configuration file until SIGTERM or SIGINT, and reads \
            the file again at SIGHUP: frames \
            for a VIP go to a real server with nothing but their Ethernet header rewritten, and the \
            real server answers the client directly.

            Needs root, or the capabilities CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF.

            EXAMPLES:
              lvsdrd --check                         is the configuration in order?
              lvsdrd                                 serve /etc/lvsdr/lvsdr.yaml
              lvsdrd --config lab.yaml --log-level debug

            EXIT STATUS:
              0   stopped as asked, or the configuration is in order
              69  the host is not ready: no such interface, down, another lvsdrd runs
              77  capabilities are missing
              78  the configuration file is not in order
            """,
        version: Version.current)

    @Option(name: .long, help: "The configuration file.")
    var config = "/etc/lvsdr/lvsdr.yaml"

    @Flag(name: .long, help: "Only check the configuration file.")
    var check = false

    @Option(
        name: .long, help: "trace, debug, info, notice, warning, error or critical.",
        transform: level(named:))
    var logLevel = LogLevel.info

    /// On the main thread, while there is no other.
    static func main() async {
        do {
            try OwnCapabilities.keep()
        } catch {
            StandardError.write("lvsdrd: \(error)")
        }
        await main(nil)
    }

    func run() async throws {
        do {
            let store = ConfigurationStore(path: config)
            let settings = try store.read()
            if check {
                let count = settings.services.count
                print("\(config): in order; \(count) virtual service\(count == 1 ? "" : "s")")
                return
            }
            let threshold = LogThreshold(logLevel)
            LoggingSystem.bootstrap { ThresholdLogHandler(label: $0, threshold: threshold) }
            let logger = Logger(label: "lvsdrd")
            try await Daemon(file: settings, store: store, threshold: threshold, logger: logger)
                .run()
        } catch let failure as ConfigurationFailure {
            StandardError.write("\(failure)")
            throw ExitCode(78)
        } catch let refusal as Refusal {
            StandardError.write("lvsdrd: \(refusal)")
            throw ExitCode(refusal.status)
        }
    }

    private static func level(named name: String) throws -> LogLevel {
        guard let level = LogLevel(rawValue: name) else {
            throw ValidationError("there is no log level \(name)")
        }
        return level
    }
}
