// SPDX-License-Identifier: Apache-2.0

import LVSConfiguration
import LVSModel
import Testing

@Suite("Settings are written as a file that says the same")
struct ConfigurationTextTests {
    @Test("what is written is read back as it was", arguments: 1...4)
    func roundTrip(part: UInt64) {
        for seed in part * 1_000..<part * 1_000 + 150 {
            var random = RandomSettings(seed: seed)
            let settings = random.settings()
            let text = ConfigurationText.write(settings)
            do {
                let read = try ConfigurationFile.parse(text, file: "written")
                #expect(read == settings, "seed \(seed)\n\(text)")
            } catch {
                Issue.record("seed \(seed): \(error)\n\(text)")
            }
        }
    }

    @Test("what is as it would be anyway is left out")
    func shortest() {
        #expect(
            ConfigurationText.write(DirectorSettings(interface: "eth0"))
                == "interface: eth0\nservices: []\n")
    }

    @Test("it reads as a person would write it")
    func pleasant() throws {
        let text = """
            interface: eth0
            arp: host
            no-flow: drop
            metrics: "[::1]:9707"
            timeouts:
              tcp: 1h
              udp: 90s

            services:
              - address: 192.168.142.100
                ports: [80, 443, 8000-8100]
                scheduler: mh
                scheduler-flags: [mh-fallback, mh-port]
                persistence: 5m
                persistence-mask: 24
                check:
                  kind: http
                  interval: 500ms
                  path: "/health?full=1"
                  headers:
                    Accept: text/plain
                  status: [200, 300-399]
                minimum-up: 1
                real-servers:
                  - address: 192.168.142.5
                    weight: 3
                    check: none
                  - address: 192.168.142.6
                    check:
                      kind: exec
                      command: [/usr/bin/probe, "-v", "a b"]
                    state: disabled

              - address: "fd00::"
                ports: any
                protocol: udp
                scheduler: rr
                real-servers: []

            """
        #expect(try ConfigurationText.write(settings(text)) == text)
    }

    @Test("a thousand services are written at once, and read back")
    func large() throws {
        var random = RandomSettings(seed: 7)
        var settings = DirectorSettings(interface: "eth0")
        settings.services = (0..<1_000).map { index in
            random.service(index, arp: .director)
        }
        #expect(
            try ConfigurationFile.parse(ConfigurationText.write(settings), file: "x") == settings)
    }
}
