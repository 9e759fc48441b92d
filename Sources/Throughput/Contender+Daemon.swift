// SPDX-License-Identifier: Apache-2.0

import Lab

extension Contender {
    /// The daemon, with its runtime directory on a tmpfs as where systemd starts it, and with a bpffs
    /// of its own; in a mount namespace of its own, so that both go with it.
    ///
    /// - Parameters:
    ///   - scheduler: of all services.
    ///   - settings: more lines of its configuration file, such as `port: xdp`, for which tags are left
    ///     in the frames. A daemon that then tells of a problem is no contender.
    static func lvsdrd(
        _ name: String, _ summary: String, scheduler: String = "rr", settings: String = "",
        services: ServiceSet = .usual
    ) -> Contender {
        Contender(
            name: name, summary: summary, way: .director, keepsFlows: true, services: services,
            features: settings.isEmpty ? [] : ["rxvlan", "off"]
        ) { (stage) throws(BenchError) in
            let folder = "\(stage.line.folder(of: .director))/run"
            let file = try stage.write(
                Rules.daemonConfiguration(
                    ingress: stage.line.ingress, folder: folder, services: services,
                    scheduler: scheduler) + settings + "\n",
                to: "lvsdr.yaml")
            let daemon = try await RunningDaemon.start(on: stage, file: file, folder: folder)
            if !settings.isEmpty, let problem = try await daemon.problem() {
                throw .unsupported(problem)
            }
            return Started(processes: [daemon.pid], daemon: daemon)
        }
    }
}
