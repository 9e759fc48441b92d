// SPDX-License-Identifier: Apache-2.0

import Lab
import Testing

extension InLab {
    @Suite struct CompletionTests {
        @Test("bash is offered what the running director has")
        func bash() async throws {
            try await withDirector { network, daemon in
                let service = "\(network.vip):80"
                #expect(try await offered(["real", "drain"], by: daemon, in: network) == [service])
                #expect(
                    try await offered(["real", "drain", service], by: daemon, in: network)
                        == ["192.168.142.5", "192.168.142.6"])
                #expect(
                    try await offered(["flows", "--real"], by: daemon, in: network)
                        == ["192.168.142.5", "192.168.142.6"])
                let states = try await offered(["flows", "--state"], by: daemon, in: network)
                #expect(states.contains("ESTABLISHED"))
            }
        }

        /// What the script of completions offers behind the words of `lvsdr`.
        private func offered(
            _ words: [String], by daemon: DirectorDaemon, in network: Network
        ) async throws -> [String] {
            let command = try Programs().command
            let script = """
                lvsdr() { '\(command)' "$@"; }
                export LVSDR_SOCKET='\(daemon.socketPath)'
                source <(lvsdr --generate-completion-script bash)
                COMP_WORDS=(lvsdr \(words.joined(separator: " ")) '')
                COMP_CWORD=\(words.count + 1)
                COMP_LINE="${COMP_WORDS[*]}" COMP_POINT=${#COMP_LINE}
                _lvsdr lvsdr '' "${COMP_WORDS[COMP_CWORD - 1]}"
                printf '%s\\n' "${COMPREPLY[@]}"
                """
            let result = try await network.run(on: .director, ["bash", "-c", script])
            try #require(result.status.isSuccess, "\(result.errors)")
            return result.output.split(separator: "\n").map(String.init)
        }
    }
}
