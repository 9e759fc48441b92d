// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import LVSModel
import Subprocess

/// nginx on the loopback interface, with a certificate for `www.example.org` that it signed itself.
///
/// It answers `HOST SNI VERSION`, of the request's host and of TLS' server name; over https with
/// HTTP/2 where the client offers that.
struct HTTPWebServer: Sendable {
    let address = IPAddress(ipv4: 0x7F00_0001)
    /// Host byte order. HTTP/1.1 only.
    let http: UInt16
    /// HTTP/2 only, by prior knowledge.
    let http2: UInt16
    let https: UInt16
    /// Without HTTP/2.
    let httpsOld: UInt16
    /// In PEM.
    let certificate: String

    struct Failure: Error {
        let text: String
    }

    /// Starts it, hands it to the body, and takes it away.
    static func run(_ body: (HTTPWebServer) async throws -> Void) async throws {
        let folder = "/tmp/lvsdr-http-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // They keep the ports for nginx, which listens beside them.
        let kept = try (0..<4).map { _ in try HTTPListener.bound() }
        defer { for (descriptor, _) in kept { close(descriptor) } }
        let server = HTTPWebServer(
            http: kept[0].port, http2: kept[1].port, https: kept[2].port, httpsOld: kept[3].port,
            certificate: "\(folder)/certificate.pem")
        try await server.makeCertificate(in: folder)
        try Data(server.configuration.utf8).write(to: URL(filePath: "\(folder)/nginx.conf"))
        try await server.serve(in: folder, body)
    }

    private func makeCertificate(in folder: String) async throws {
        let words =
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2 -subj /CN=test"
            + " -addext subjectAltName=DNS:www.example.org"
            + " -keyout \(folder)/key.pem -out \(certificate)"
        let result = try await Subprocess.run(
            .name("openssl"), arguments: Arguments(words.split(separator: " ").map(String.init)),
            output: .discarded, error: .string(limit: 65_536))
        guard case .exited(0) = result.terminationStatus else {
            throw Failure(text: result.standardError)
        }
    }

    private func serve(in folder: String, _ body: (HTTPWebServer) async throws -> Void) async throws
    {
        let arguments = [
            "-p", folder, "-c", "nginx.conf", "-e", "\(folder)/errors",
            "-g", "daemon off; master_process off;",
        ]
        _ = try await Subprocess.run(
            .name("nginx"), arguments: Arguments(arguments), input: .none, output: .discarded,
            error: .discarded
        ) { nginx in
            do {
                try await waitUntilListening(folder)
                try await body(self)
            } catch {
                try nginx.send(signal: .terminate)
                throw error
            }
            try nginx.send(signal: .terminate)
        }
    }

    /// nginx writes its process's number once it listens.
    private func waitUntilListening(_ folder: String) async throws {
        for _ in 0..<2_000 {
            if unsafe access("\(folder)/nginx.pid", F_OK) == 0 { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        let errors = try? String(contentsOf: URL(filePath: "\(folder)/errors"), encoding: .utf8)
        throw Failure(text: "nginx does not listen: \(errors ?? "")")
    }

    private var configuration: String {
        """
        user root;
        pid nginx.pid;
        events { worker_connections 200; }
        http {
            access_log off;
            client_body_temp_path temporary;
            proxy_temp_path temporary;
            fastcgi_temp_path temporary;
            uwsgi_temp_path temporary;
            scgi_temp_path temporary;
            ssl_certificate certificate.pem;
            ssl_certificate_key key.pem;
            server {
                listen \(address):\(http) reuseport;
                listen \(address):\(http2) http2 reuseport;
                listen \(address):\(https) ssl http2 reuseport;
                listen \(address):\(httpsOld) ssl reuseport;
                location / {
                    return 200 "$host $ssl_server_name $server_protocol";
                }
            }
        }

        """
    }
}
