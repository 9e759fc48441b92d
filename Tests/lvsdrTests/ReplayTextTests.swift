// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import lvsdr

@Suite("What lvsdr replay writes")
struct ReplayTextTests {
    @Test(
        "times have three places, and a sign where timestamps go back",
        arguments: [
            (0, "0.000"), (7, "0.007"), (1_136, "1.136"), (-20, "-0.020"),
            (86_400_000, "86400.000"), (.min, "-9223372036854775.808"),
        ] as [(Int64, String)])
    func seconds(milliseconds: Int64, text: String) {
        #expect(ReplayText.seconds(milliseconds) == text)
    }

    @Test("an address of a real server needs both parts, and one interface's MAC address")
    func realServers() {
        let right = RealServerMAC(argument: "10.0.0.1=02:00:00:00:00:01")
        #expect(right?.address.description == "10.0.0.1")
        #expect(right?.mac.description == "02:00:00:00:00:01")
        for wrong in [
            "", "=", "10.0.0.1", "10.0.0.1=", "=02:00:00:00:00:01", "10.0.0.1=02:00",
            "10.0.0.1=01:00:00:00:00:01", "10.0.0.1=00:00:00:00:00:00",
            "10.0.0.1=02:00:00:00:00:01=", "moon=02:00:00:00:00:01",
        ] {
            #expect(RealServerMAC(argument: wrong) == nil)
        }
    }
}
