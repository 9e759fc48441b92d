// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import HealthChecks

@Suite("HTTP: TLS, HTTP/2 and names, asked of nginx", .serialized, .timeLimit(.minutes(2)))
struct HTTPWebServerTests {
    private func run(
        _ body: (HTTPWebServer, _ ask: (HTTPCheck, UInt16) async -> CheckOutcome) async throws ->
            Void
    ) async throws {
        try await HTTPWebServer.run { server in
            let probe = try HTTPProbe(trustStore: server.certificate)
            try await body(server) { await probe.ask($0, at: server.address, port: $1) }
        }
    }

    @Test("both versions of HTTP are spoken, with and without TLS")
    func versions() async throws {
        try await run { server, ask in
            for (port, isEncrypted, version) in [
                (server.http, false, HTTPCheck.Version.http1), (server.http2, false, .http2),
                (server.https, true, .http1), (server.https, true, .http2),
            ] {
                let check = HTTPCheck(
                    isEncrypted: isEncrypted, version: version, host: "a.example",
                    bodyMatches: "^a[.]example .*HTTP/\(version.rawValue)([.]0)?$")
                #expect(await ask(check, port) == .passed)
            }
        }
    }

    @Test("a server of the other version fails the check")
    func wrongVersion() async throws {
        try await run { server, ask in
            #expect(
                await ask(HTTPCheck(isEncrypted: true, version: .http2), server.httpsOld)
                    == .failed("HTTP/1.1, expected HTTP/2"))
            #expect(await ask(HTTPCheck(), server.http2) == .failed("the answer is not HTTP/1.1"))
            #expect(
                await ask(HTTPCheck(version: .http2), server.http)
                    == .failed("the connection was closed before an answer in HTTP/2 was whole"))
        }
    }

    @Test("the name in TLS is the check's own, else that of the host, and none for an address")
    func names() async throws {
        try await run { server, ask in
            for (host, name, seen) in [
                ("a.example:8443", "b.example", "a.example b.example"),
                ("a.example:8443", nil, "a.example a.example"),
                (nil, "b.example", "127.0.0.1 b.example"), (nil, nil, "127.0.0.1 "),
            ] {
                let check = HTTPCheck(
                    isEncrypted: true, host: host, serverName: name, bodyContains: "\(seen) HTTP")
                #expect(await ask(check, server.https) == .passed)
            }
        }
    }

    @Test("a certificate is verified where that is asked for: who signed it, and for which name")
    func certificates() async throws {
        try await run { server, ask in
            var check = HTTPCheck(
                isEncrypted: true, host: "www.example.org", verifiesCertificate: true)
            #expect(await ask(check, server.https) == .passed)
            let stranger = try HTTPProbe()
            #expect(
                await stranger.ask(check, at: server.address, port: server.https)
                    == .failed("certificate: self-signed certificate"))
            check.serverName = "other.example.org"
            #expect(
                await ask(check, server.https)
                    == .failed("certificate: it is not for other.example.org"))
            check.verifiesCertificate = false
            #expect(await ask(check, server.https) == .passed)
        }
    }

    @Test("where no TLS is spoken, the cause says so")
    func noTLS() async throws {
        try await run { server, ask in
            let check = HTTPCheck(isEncrypted: true)
            #expect(await ask(check, server.http) == .failed("TLS: wrong version number"))
            let probe = try HTTPProbe()
            let listener = try HTTPListener { $0.receive() }
            defer { listener.close() }
            #expect(
                await probe.ask(check, of: listener)
                    == .failed("TLS: the connection was closed"))
            let silent = try HTTPListener { $0.waitForEnd() }
            defer { silent.close() }
            #expect(
                await probe.ask(check, of: silent, timeout: .milliseconds(500))
                    == .failed("no answer in 500 ms"))
        }
    }
}
