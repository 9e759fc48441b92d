// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostNetwork
import Testing

@Suite("Host network errors")
struct HostNetworkErrorTests {
    @Test("an error says what was tried, the kernel's answer and its name")
    func sentence() {
        let error = HostNetworkError(
            operation: "read the routes to 192.168.142.5", errno: EPERM)
        #expect(
            error.description
                == "cannot read the routes to 192.168.142.5: Operation not permitted (EPERM)")
    }

    @Test("a number that is no errno is said to be unknown")
    func unknown() {
        let error = HostNetworkError(operation: "go on", errno: 9999)
        #expect(error.description == "cannot go on: Unknown error (?)")
    }
}
