// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Lab
import Testing

/// The service manager's end of $NOTIFY_SOCKET: a datagram socket.
private struct Notifications: ~Copyable {
    private let descriptor: CInt

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: path.utf8)
        }
        let bound = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
    }

    deinit {
        close(descriptor)
    }

    /// What has come in and was not taken yet.
    func take() -> [String] {
        var messages: [String] = []
        var buffer = [UInt8](repeating: 0, count: 1024)
        while case let count = unsafe recv(descriptor, &buffer, buffer.count, CInt(MSG_DONTWAIT)),
            count > 0
        {
            messages.append(String(decoding: buffer.prefix(count), as: UTF8.self))
        }
        return messages
    }
}

extension InLab {
    @Suite struct SystemdTests {
        @Test("systemd hears that it is ready, how it is, that it lives, and that it stops")
        func notifications() async throws {
            try await withNetwork { network in
                let folder = network.folder(of: .director)
                let notifications = try Notifications(path: "\(folder)/notify")
                let file = try network.writeDirectorConfiguration()
                let daemon = try await network.start(
                    on: .director,
                    [
                        "env", "NOTIFY_SOCKET=\(folder)/notify", "WATCHDOG_USEC=400000",
                        try Programs().daemon, "--config", file,
                    ], label: "lvsdrd")
                var heard: [String] = []
                _ = try await eventually(within: .seconds(10)) { () throws(LabError) in
                    heard += notifications.take()
                    return heard.count { $0 == "WATCHDOG=1" } >= 3
                }
                #expect(heard.first == "READY=1")
                let status = "STATUS=serving 1 virtual service, 2 of 2 real servers up"
                #expect(heard.contains(status))
                daemon.send(signal: SIGTERM)
                _ = try await daemon.ended(within: .seconds(5))
                #expect(notifications.take().last == "STOPPING=1")
            }
        }

        /// What the unit gives to its user, for setpriv(1), and tmpfiles.d for pinned flow tables; the
        /// programs stand where everybody may read them.
        private func asUnit(_ network: Network, _ command: String) throws -> [String] {
            let pins = DirectorSettings.flowPins
            let rights = "-all,+net_admin,+net_raw,+bpf"
            let folder = try Programs().daemon.split(separator: "/").dropLast().joined(
                separator: "/")
            let line = """
                mount --bind /\(folder) /mnt && mount -t bpf bpf /sys/fs/bpf && \
                chmod 711 /sys/fs/bpf && mkdir \(pins) && chown \(Self.user) \(pins) && \
                exec setpriv --reuid \(Self.user) \
                --regid \(Self.user) --clear-groups --bounding-set=\(rights) \
                --inh-caps=\(rights) --ambient-caps=\(rights) --no-new-privs \(command)
                """
            return ["unshare", "--mount", "--propagation", "private", "sh", "-c", line]
        }

        private static let user = 64_321

        @Test(
            "as the unit's user it serves, outlives a crash, and its checks have no rights",
            arguments: PortKind.allCases)
        func user(port: PortKind) async throws {
            try await withNetwork(Topology(xdp: port == .xdp)) { network in
                let folder = network.folder(of: .director)
                var settings = network.topology.settings(runtimeDirectory: "\(folder)/run")
                settings.port = port
                // The checks of a user who may do nothing in the network.
                let check = "grep -q '^CapEff:.0*$' /proc/self/status"
                settings.services[0].check = HealthCheck(
                    kind: .exec(ExecCheck(program: "/bin/sh", arguments: ["-c", check])),
                    interval: 300, timeout: 2_000)
                let file = try network.writeDirectorConfiguration(settings)
                try await network.shell(
                    .director, "mkdir \(folder)/run && chown \(Self.user) \(folder)/run")
                let command = try asUnit(network, "/mnt/lvsdrd --config \(file)")
                for ending in [SIGKILL, SIGTERM] {
                    let daemon = try await network.start(on: .director, command, label: "lvsdrd")
                    let path = "\(folder)/run/control.sock"
                    let status = "curl -sS -m 2 --unix-socket \(path) http://x/v1/services"
                    let serves = try await eventually(within: .seconds(15)) {
                        () throws(LabError) in
                        let answer = try await network.run(on: .director, ["sh", "-c", status])
                        return answer.output.split(separator: "\"health\":\"up\"").count == 3
                    }
                    let errors = try daemon.errors()
                    try #require(serves, "\(errors)")
                    #expect(Set(try await network.answers(2)) == ["111111", "222222"])
                    #expect(try await network.guardShown())
                    #expect(!errors.contains("AF_PACKET"), "\(errors)")
                    #expect(!errors.contains("not accelerated"), "\(errors)")
                    #expect(!errors.contains("will not outlive"), "\(errors)")
                    daemon.send(signal: ending)
                    _ = try await daemon.ended(within: .seconds(5))
                }
                #expect(!(try await network.guardShown()))
            }
        }
    }
}
