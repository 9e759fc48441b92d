// SPDX-License-Identifier: Apache-2.0

import Lab

extension Stage {
    /// Measures once.
    ///
    /// - Parameters:
    ///   - time: of the measurement.
    ///   - warm: for which the load is on before.
    func measure(
        _ scenario: Scenario, for time: Duration, warm: Duration
    ) async throws(BenchError) -> Sample {
        switch scenario.load {
        case .frames(let frames):
            try await measure(frames, unit: scenario.unit, for: time, warm: warm)
        case .keepAlive: try await requests([], for: time)
        case .connections: try await requests(["--header", "Connection: close"], for: time)
        case .upload: try await stream([], for: time)
        case .download: try await stream(["--reverse"], for: time)
        }
    }

    private func measure(
        _ frames: Scenario.Frames, unit: Scenario.Unit, for time: Duration, warm: Duration
    ) async throws(BenchError) -> Sample {
        if let flows = frames.established { try await establish(frames, flows: flows) }
        return try await send(
            frames, flags: frames.isTCP ? Self.syn : 0, unit: unit, for: time, warm: warm)
    }

    private static let (syn, ack) = (0x02, 0x10)

    private func send(
        _ frames: Scenario.Frames, flags: Int, unit: Scenario.Unit, for time: Duration,
        warm: Duration
    ) async throws(BenchError) -> Sample {
        let output = try await run(
            .client, words(for: frames, flags: flags, time: time, warm: warm),
            within: warm + time + .seconds(15))
        let alternately = frames.established != nil
        guard let sample = Sample(measured: output, unit: unit, alternately: alternately) else {
            throw .unreadable(program: "lvsdr-traffic measure", output: output)
        }
        return sample
    }

    /// What clients send to open the flows, slowly enough for all contenders, and twice.
    private func establish(
        _ frames: Scenario.Frames, flows: UInt32
    ) async throws(BenchError) {
        let opening = Scenario.Frames(
            flows: flows, size: frames.size, isIPv6: frames.isIPv6, isTCP: true, rate: 20_000)
        for flags in [Self.syn, Self.ack] {
            _ = try await send(
                opening, flags: flags, unit: .nanosecondsPerFrame,
                for: .milliseconds(2000 * Int(flows) / 20_000 + 20), warm: .zero)
        }
    }

    /// Sends each flow once, at a rate that all contenders keep up with; what was lost on the way is
    /// sent again by a second pass.
    func fill(_ frames: Scenario.Frames, flows: UInt32) async throws(BenchError) {
        var paced = frames
        paced.rate = 150_000
        for _ in 0..<2 {
            let sample = try await measure(
                paced, unit: .nanosecondsPerFrame,
                for: .milliseconds(1000 * Int(flows) / 150_000 + 50), warm: .zero)
            if sample.delivered > 0.99 { return }
        }
    }

    private func words(
        for frames: Scenario.Frames, flags: Int, time: Duration, warm: Duration
    ) -> [String] {
        let straight = contender.way == .straight
        let to =
            switch contender.way {
            case .straight: Wiring.straightRealMAC
            case .switched: Wiring.realMAC
            case .director: Wiring.directorMAC
            }
        return [
            programs.traffic, "measure", "client=\(line.namespacePath(of: .client))",
            "real=\(line.namespacePath(of: .web(1)))",
            "client-interface=\(straight ? "eth1" : "eth0")",
            "real-interface=\(straight ? line.straight : "eth0")", "cpu=\(generatorCPU)",
            "director-cpu=\(directorCPU)",
            "processes=\(processes.map(String.init).joined(separator: ","))",
            "vip=\(frames.isIPv6 ? Wiring.vip6 : Wiring.vip)", "family=\(frames.isIPv6 ? 6 : 4)",
            "tcp-flags=\(flags)", "lasting=\(frames.established ?? 0)",
            "port=\(frames.isTCP ? Wiring.tcpPort : contender.services.udpPort)",
            "services=\(frames.isTCP ? 1 : contender.services.spread)", "size=\(frames.size)",
            "flows=\(frames.flows ?? 0)", "rate=\(frames.rate ?? 0)", "to=\(to)",
            "from=\(Wiring.clientMAC)", "way=\(generator)", "warm=\(warm.milliseconds)",
            "time=\(time.milliseconds)",
        ]
    }

    /// What is not the director's has the generator's CPU.
    private func beside(_ command: [String]) -> [String] {
        [programs.traffic, "run", "cpu=\(generatorCPU)"] + command
    }

    private func requests(
        _ options: [String], for time: Duration
    ) async throws(BenchError) -> Sample {
        let seconds = max(1, time.milliseconds / 1000)
        let output = try await run(
            .client,
            beside(
                ["wrk", "--threads", "1", "--connections", "16", "--latency"]
                    + ["--duration", "\(seconds)s"] + options + ["http://\(Wiring.vip)/"]),
            within: time + .seconds(15))
        guard let sample = Sample(wrk: output) else {
            throw .unreadable(program: "wrk", output: output)
        }
        return sample
    }

    private func stream(
        _ options: [String], for time: Duration
    ) async throws(BenchError) -> Sample {
        let seconds = max(1, time.milliseconds / 1000)
        let output = try await run(
            .client,
            beside(
                ["iperf3", "--client", Wiring.vip, "--time", "\(seconds)", "--format", "k"]
                    + options), within: time + .seconds(15))
        guard let sample = Sample(iperf: output) else {
            throw .unreadable(program: "iperf3", output: output)
        }
        return sample
    }

    /// Starts what answers over TCP on the real server.
    func startServers() async throws(BenchError) {
        let folder = line.folder(of: .web(1))
        _ = try write("000000\n", to: "index.html", on: .web(1))
        _ = try write(Self.webConfiguration, to: "nginx.conf", on: .web(1))
        _ = try await start(
            on: .web(1),
            beside([
                "nginx", "-p", folder, "-c", "nginx.conf", "-e", "stderr", "-g",
                "daemon off; master_process off;",
            ]), label: "nginx")
        _ = try await start(
            on: .web(1), beside(["iperf3", "--server", "--bind", Wiring.vip]), label: "iperf3")
        let url = "http://\(Wiring.vip)/"
        _ = try await run(
            .client,
            ["curl", "--silent", "--show-error", "--fail", "--retry", "8", "--retry-connrefused"]
                + ["--retry-delay", "1", "--max-time", "9", url])
    }

    private static let webConfiguration = """
        user root;
        pid nginx.pid;
        error_log stderr;
        events { worker_connections 1000; }
        http {
            access_log off;
            keepalive_requests 1000000000;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            server {
                listen \(Wiring.vip):80;
                root .;
            }
        }

        """
}

extension Duration {
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
