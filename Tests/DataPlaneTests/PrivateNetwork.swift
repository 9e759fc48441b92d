// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A network namespace that lives as long as one call.
///
/// It has the director's interface `eth0`, with the MAC address 02:00:00:00:00:04, and `eth1`.
struct PrivateNetwork {
    let eth0: Int32
    let eth1: Int32

    /// Runs the body on a thread of its own in a new namespace, which goes with the thread. Of an
    /// expectation in it nobody knew which test's it is: it returns what it saw.
    static func run<Value>(
        _ body: @escaping (PrivateNetwork) throws -> Value
    ) throws -> Value {
        var result: Result<Value, any Error>?
        let visit = Visit {
            result = Result { try body(make()) }
        }
        var thread = pthread_t()
        let failure = unsafe pthread_create(
            &thread, nil,
            { visit in
                guard let visit = unsafe visit else { return nil }
                unsafe Unmanaged<Visit>.fromOpaque(visit).takeUnretainedValue().body()
                return nil
            },
            Unmanaged.passUnretained(visit).toOpaque())
        guard failure == 0 else { throw Refused(step: "pthread_create", code: failure) }
        pthread_join(thread, nil)
        guard let result else { throw Refused(step: "the thread", code: 0) }
        return try result.get()
    }

    /// unshare(2), which Swift's view of glibc leaves out, and CLONE_NEWNET.
    static let unshare = unsafe unsafeBitCast(
        dlsym(nil, "unshare"), to: (@convention(c) (Int32) -> Int32).self)
    static let newNetwork: Int32 = 0x4000_0000

    private static func make() throws -> PrivateNetwork {
        guard unshare(newNetwork) == 0 else { throw Refused(step: "unshare", code: errno) }
        try shell("ip link add eth0 address 02:00:00:00:00:04 type veth peer name eth1")
        return unsafe PrivateNetwork(
            eth0: Int32(if_nametoindex("eth0")), eth1: Int32(if_nametoindex("eth1")))
    }

    /// Runs a shell line in the namespace of the calling thread, which the shell inherits.
    static func shell(_ line: String) throws {
        guard let pipe = unsafe popen(line, "r") else { throw Refused(step: line, code: errno) }
        let status = unsafe pclose(pipe)
        guard status == 0 else { throw Refused(step: line, code: status) }
    }

    struct Refused: Error {
        let step: String
        let code: Int32
    }

    private final class Visit {
        let body: () -> Void

        init(_ body: @escaping () -> Void) {
            self.body = body
        }
    }
}
