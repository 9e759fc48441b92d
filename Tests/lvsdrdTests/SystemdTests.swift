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

        @Test("the unit's capabilities are enough")
        func capabilities() async throws {
            try await withNetwork { network in
                let file = try network.writeDirectorConfiguration()
                let names = "net_admin,+net_raw,+bpf"
                let daemon = try await network.start(
                    on: .director,
                    [
                        "setpriv", "--bounding-set", "-all,+\(names)", "--inh-caps", "-all",
                        "--no-new-privs", "--", try Programs().daemon, "--config", file,
                    ], label: "lvsdrd")
                let socket = "\(network.folder(of: .director))/control.sock"
                let serves = try await eventually(within: .seconds(10)) { () throws(LabError) in
                    try await network.run(on: .director, ["test", "-S", socket]).status.isSuccess
                }
                let errors = try daemon.errors()
                #expect(serves, "\(errors)")
                let answers = try await network.answers(2)
                #expect(Set(answers) == ["111111", "222222"])
                daemon.send(signal: SIGTERM)
                #expect(try await daemon.ended(within: .seconds(5)) == .exited(0))
            }
        }
    }
}
