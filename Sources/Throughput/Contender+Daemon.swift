// SPDX-License-Identifier: Apache-2.0

import Lab

extension Contender {
    /// The daemon, with its runtime directory on a tmpfs as where systemd starts it, and with a bpffs
    /// of its own; in a mount namespace of its own, so that both go with it.
    ///
    /// - Parameters:
    ///   - scheduler: of all services.
    ///   - settings: more lines of its configuration file, such as `port: xdp`. A daemon that then
    ///     tells of a problem is no contender.
    ///   - features: what `ethtool -K` sets at the director's interface for that.
    static func lvsdrd(
        _ name: String, _ summary: String, scheduler: String = "rr", settings: String = "",
        features: [String] = []
    ) -> Contender {
        Contender(
            name: name, summary: summary, way: .director, keepsFlows: true, features: features
        ) { (stage) throws(BenchError) in
            let folder = "\(stage.line.folder(of: .director))/run"
            let file = try stage.write(
                Rules.daemonConfiguration(
                    ingress: stage.line.ingress, folder: folder, scheduler: scheduler)
                    + settings + "\n",
                to: "lvsdr.yaml")
            let command = """
                mkdir -p \(folder) && mount -t tmpfs lvsdr-lab \(folder) && \
                mount -t bpf lvsdr-lab /sys/fs/bpf && \
                exec \(stage.programs.daemon) --config \(file)
                """
            let process = try await stage.start(
                [stage.programs.traffic, "run", "cpu=\(stage.directorCPU)"]
                    + ["unshare", "--mount", "--propagation", "private", "sh", "-c", command],
                label: "lvsdrd")
            let daemon = RunningDaemon(stage: stage, pid: process.pid, folder: folder)
            try await stage.wait(for: process) { await daemon.isServing() }
            if !settings.isEmpty, let problem = await daemon.problem() {
                throw .unsupported(problem)
            }
            return [process.pid]
        }
    }
}

/// A daemon that was started on a stage, asked over its control socket.
private struct RunningDaemon: Sendable {
    let stage: Stage
    let pid: Int32
    /// Its runtime directory, which its mount namespace alone has.
    let folder: String

    /// Whether it has a real server up for each service.
    func isServing() async -> Bool {
        let compact = await answer(to: "/v1/services").filter { !$0.isWhitespace }
        return compact.split(separator: "\"health\":\"up\"", omittingEmptySubsequences: false).count
            == Rules.serviceCount + 1
    }

    /// The first problem that it tells of, in its words.
    func problem() async -> String? {
        let text = await answer(to: "/v1/status")
        guard let list = text.firstRange(of: "\"problems\"") else { return nil }
        let words = text[list.upperBound...].prefix { $0 != "]" }.split(separator: "\"")
        return words.count > 1 ? String(words[1]) : nil
    }

    private func answer(to path: String) async -> String {
        let words = ["--silent", "--fail", "--max-time", "5", "--unix-socket"]
        let answer = try? await stage.run(
            .director,
            ["nsenter", "-t", "\(pid)", "--mount", "curl"] + words
                + ["\(folder)/control.sock", "http://lvsdrd\(path)"])
        return answer ?? ""
    }
}
