// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Announcer")
struct AnnouncerTests {
    let subject = Announcer.Subject(vips: [DirectorHost.vip], mac: mac(4), linkUps: 0)

    @Test("announces at once, after one second and after two more, then rests")
    func threeTimes() {
        var announcer = Announcer()
        #expect(announcer.next(for: subject, at: .seconds(7)) == .announce)
        #expect(announcer.next(for: subject, at: .seconds(7)) == .wait(until: .seconds(8)))
        #expect(announcer.next(for: subject, at: .seconds(8)) == .announce)
        #expect(announcer.next(for: subject, at: .seconds(9)) == .wait(until: .seconds(10)))
        #expect(announcer.next(for: subject, at: .seconds(10)) == .announce)
        #expect(announcer.next(for: subject, at: .seconds(10)) == .wait(until: nil))
    }

    @Test("starts anew when the link came up in the middle")
    func startsAnew() {
        var announcer = Announcer()
        #expect(announcer.next(for: subject, at: .zero) == .announce)
        var again = subject
        again.linkUps = 1
        let half = Duration.milliseconds(500)
        #expect(announcer.next(for: again, at: half) == .announce)
        #expect(announcer.next(for: again, at: .seconds(1)) == .wait(until: half + .seconds(1)))
        #expect(announcer.next(for: again, at: half + .seconds(1)) == .announce)
        #expect(announcer.next(for: again, at: half + .seconds(3)) == .announce)
        #expect(announcer.next(for: again, at: .seconds(60)) == .wait(until: nil))
    }

    @Test("starts anew when there is another VIP or another MAC address to tell of")
    func newSubject() {
        var announcer = Announcer()
        for _ in 0..<3 { _ = announcer.next(for: subject, at: .seconds(3)) }
        var more = subject
        more.vips.insert(ip("192.168.142.101"))
        #expect(announcer.next(for: more, at: .seconds(4)) == .announce)
        more.mac = mac(9)
        #expect(announcer.next(for: more, at: .seconds(4)) == .announce)
    }

    @Test("starts anew when another host claimed a VIP, which is a reminder")
    func reminds() {
        var announcer = Announcer()
        for _ in 0..<3 { _ = announcer.next(for: subject, at: .seconds(3)) }
        #expect(!announcer.isReminding)
        var claimed = subject
        claimed.claims = 1
        #expect(announcer.next(for: claimed, at: .seconds(4)) == .announce)
        #expect(announcer.isReminding)
        #expect(announcer.next(for: claimed, at: .seconds(4)) == .wait(until: .seconds(5)))
        claimed.vips.insert(ip("192.168.142.101"))
        #expect(announcer.next(for: claimed, at: .seconds(4)) == .announce)
        #expect(!announcer.isReminding)
    }

    @Test("stops when there is nobody to tell, and starts anew after that")
    func stops() {
        var announcer = Announcer()
        #expect(announcer.next(for: subject, at: .zero) == .announce)
        #expect(announcer.next(for: nil, at: .milliseconds(500)) == .wait(until: nil))
        #expect(announcer.next(for: nil, at: .seconds(1)) == .wait(until: nil))
        #expect(announcer.next(for: subject, at: .seconds(2)) == .announce)
        #expect(announcer.next(for: subject, at: .seconds(2)) == .wait(until: .seconds(3)))
    }
}
