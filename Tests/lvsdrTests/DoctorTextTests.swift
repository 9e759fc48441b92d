// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Doctor
@testable import lvsdr

@Suite("What lvsdr doctor prints")
struct DoctorTextTests {
    private static let broken = Finding.broken(
        .realVIP, "192.168.142.5", "it answers for itself, and not for 192.168.142.100",
        why: "it drops clients' packets, which come to it with the VIP as their destination",
        mend: "on 192.168.142.5: lvsdr realserver apply --vip 192.168.142.100")
    private static let warning = Finding.warning(
        .ipForward, "net.ipv4.ip_forward", "is 1, should be 0", why: "a director is no gateway",
        mend: "lvsdr director apply")
    private static let unchecked = Finding.notChecked(
        .realMTU, "192.168.142.6", because: "it does not answer ping", mend: "let it answer")
    private static let oks: [Finding] = [
        .ok(.realMAC, "192.168.142.5", "is 02:00:c0:a8:8e:05"),
        .ok(.realMAC, "192.168.142.6", "is 02:00:c0:a8:8e:06"),
        .ok(.interface, "eth0", "is up"),
    ]

    private func text(_ findings: [Finding], width: Int = 80, all: Bool = false) -> [String] {
        DoctorText(findings: findings, width: width, showsAll: all).lines.map(\.text)
    }

    @Test("the worst comes first, then the rest, then what is in order, then the sum")
    func order() {
        let lines = text(Self.oks + [Self.unchecked, Self.warning, Self.broken])
        #expect(
            lines == [
                "BROKEN  real-vip  192.168.142.5",
                "  found  it answers for itself, and not for 192.168.142.100",
                "  why    it drops clients' packets, which come to it with the VIP as their",
                "         destination",
                "  mend   on 192.168.142.5: lvsdr realserver apply --vip 192.168.142.100",
                "",
                "WARNING  ip-forward  net.ipv4.ip_forward",
                "  found  is 1, should be 0",
                "  why    a director is no gateway",
                "  mend   lvsdr director apply",
                "",
                "NOT CHECKED  real-mtu  192.168.142.6",
                "  found  not checked, because it does not answer ping",
                "  why    what was not checked may be broken",
                "  mend   let it answer",
                "",
                "ok  interface         eth0: is up",
                "ok  real-mac          2 in order",
                "",
                "6 checks: 1 broken, 1 doubtful, 1 not checked, 3 ok",
            ])
    }

    @Test("all that is in order on request, and a long list only in part")
    func amounts() {
        #expect(text(Self.oks, all: true).count == 5)
        let many = text(Array(repeating: Self.warning, count: 30))
        #expect(many.count { $0.hasPrefix("WARNING") } == 20)
        #expect(many.contains("... and 10 more: lvsdr doctor --json"))
    }

    @Test("it fits a narrow terminal")
    func narrow() {
        let lines = text(Self.oks + [Self.broken, Self.warning], width: 50, all: true)
        #expect(lines.allSatisfy { $0.count <= 50 })
    }

    @Test("the status is that of the worst finding")
    func status() {
        #expect(DoctorMessage(Self.oks).exitStatus == 0)
        #expect(DoctorMessage([]).exitStatus == 0)
        #expect(DoctorMessage(Self.oks + [Self.unchecked]).exitStatus == 1)
        #expect(DoctorMessage(Self.oks + [Self.warning]).exitStatus == 1)
        #expect(DoctorMessage([Self.warning, Self.broken]).exitStatus == 2)
    }
}
