// SPDX-License-Identifier: Apache-2.0

import LVSConfiguration
import LVSModel
import Testing

@Suite("A scheduler's flags are taken when it knows them")
struct SchedulerFlagTests {
    private static func text(_ scheduler: String, _ flags: String) -> String {
        Refusal.seed.replacing(
            "scheduler: rr", with: "scheduler: \(scheduler)\n    scheduler-flags: \(flags)")
    }

    @Test("every scheduler is taken by its name", arguments: Scheduler.allCases)
    func names(_ scheduler: Scheduler) throws {
        let service = try settings(Self.text(scheduler.rawValue, "[]")).services.first
        #expect(service?.scheduler == scheduler)
        #expect(service?.schedulerFlags == [])
    }

    @Test(
        "flags of the scheduler",
        arguments: [
            ("sh", "[sh-port]", [SchedulerFlag.shPort]),
            ("sh", "[sh-fallback, sh-port]", [.shPort, .shFallback]),
            ("mh", "[mh-fallback]", [.mhFallback]),
            ("mh", "\n      - mh-port\n      - mh-fallback", [.mhPort, .mhFallback]),
        ])
    func flags(_ scheduler: String, _ flags: String, _ expected: [SchedulerFlag]) throws {
        let service = try settings(Self.text(scheduler, flags)).services.first
        #expect(service?.schedulerFlags == Set(expected))
    }

    @Test(
        "flags that do not belong to it are refused",
        arguments: [
            ("rr", "[sh-port]", 23, "scheduler rr has no flag sh-port; expected no flags for this"),
            (
                "sh", "[mh-port]", 23,
                "scheduler sh has no flag mh-port; expected one of sh-port, sh"
            ),
            ("mh", "[mh-port, sh-fallback]", 32, "scheduler mh has no flag sh-fallback"),
            ("sh", "[sh-port, sh-port]", 32, "duplicate sh-port; expected each flag once"),
            ("sh", "[sh-prot]", 23, "unknown scheduler flag \"sh-prot\"; expected one of sh-port"),
            ("sh", "sh-port", 22, "scheduler-flags is \"sh-port\"; expected a list"),
            ("maglev", "[mh-port]", 23, "scheduler maglev has no flag mh-port"),
        ])
    func refused(_ scheduler: String, _ flags: String, _ column: Int, _ part: String) {
        Refusal(flags, Self.text(scheduler, flags), (8, column), part).check()
    }
}
