// SPDX-License-Identifier: Apache-2.0

/// nginx on a real server: port 80 of all its addresses.
///
/// `/` answers the host's number, six times; `/large` is 8 MiB; what is PUT below `/upload/` is
/// kept in the folder `root/upload`.
struct WebServer {
    let host: Host
    /// What `/` answers, without the end of line.
    let answer: String
    /// The host's folder in the lab's.
    let folder: String

    /// Writes nginx's configuration and the documents.
    func write() throws(LabError) {
        try Files.makeFolder("\(folder)/documents")
        try Files.makeFolder("\(folder)/documents/upload")
        try Files.makeFolder("\(folder)/temporary")
        try Files.write(configuration, to: "\(folder)/nginx.conf")
        try Files.write(answer + "\n", to: "\(folder)/documents/index.html")
        // A pattern, so that a byte out of its place is seen.
        let block = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 4) }
        var large: [UInt8] = []
        while large.count < Topology.largeFileSize { large += block }
        try Files.write(large, to: "\(folder)/documents/large")
    }

    /// One process, so that it goes with the lab when the lab is killed.
    func command(asDaemon: Bool) -> [String] {
        [
            "nginx", "-p", folder, "-c", "nginx.conf", "-e", "stderr",
            "-g", "daemon \(asDaemon ? "on" : "off"); master_process off;",
        ]
    }

    /// nginx writes it once it listens.
    var pidPath: String { "\(folder)/nginx.pid" }

    private var configuration: String {
        """
        user root;
        pid nginx.pid;
        error_log stderr;
        events { worker_connections 1000; }
        http {
            default_type text/plain;
            log_format lab '$remote_addr $server_addr "$request" $status '
                           '$request_length $bytes_sent';
            access_log access.log lab;
            client_body_temp_path temporary;
            proxy_temp_path temporary;
            fastcgi_temp_path temporary;
            uwsgi_temp_path temporary;
            scgi_temp_path temporary;
            sendfile on;
            keepalive_requests 1000000;
            server {
                listen 80;
                listen [::]:80;
                root documents;
                location /upload/ {
                    dav_methods PUT;
                    client_max_body_size 0;
                }
            }
        }

        """
    }
}

extension Network {
    /// Starts nginx on each real server; returns when all listen.
    ///
    /// - Parameter asDaemons: they go on when this process goes.
    public func startWebServers(asDaemons: Bool = false) async throws(LabError) {
        for host in topology.webHosts {
            let server = WebServer(
                host: host, answer: topology.answer(of: host.name) ?? "",
                folder: folder(of: host.name))
            try server.write()
            let process = try await start(server, asDaemon: asDaemons)
            try await waitUntilListening(server, process)
        }
    }

    private func start(
        _ server: WebServer, asDaemon: Bool
    ) async throws(LabError) -> RunningProcess {
        let words = server.command(asDaemon: asDaemon)
        guard asDaemon else {
            return try await start(on: server.host.name, words, label: "nginx")
        }
        let namespace = name.namespace(of: server.host.name)
        return try await RunningProcess.start(
            Namespace.enter(namespace, running: words), label: "nginx", folder: server.folder,
            grace: .zero)
    }

    private func waitUntilListening(
        _ server: WebServer, _ process: RunningProcess
    ) async throws(LabError) {
        let timeout = Duration.seconds(5)
        let listening = try await eventually(within: timeout, every: .milliseconds(2)) {
            () throws(LabError) in
            if let status = process.status, !status.isSuccess {
                throw .ended(
                    process: "nginx on \(server.host.name)", status: status,
                    log: try process.errors())
            }
            return Files.exists(server.pidPath)
        }
        guard listening else {
            throw .timedOut(
                waitingFor: "nginx on \(server.host.name)", after: timeout,
                log: try process.errors())
        }
    }
}
