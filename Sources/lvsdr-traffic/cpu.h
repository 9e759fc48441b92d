// SPDX-License-Identifier: Apache-2.0
//
// How a CPU spent its time, and who goes first on it.
#ifndef TRAFFIC_CPU_H
#define TRAFFIC_CPU_H

#include <stdint.h>
#include <sys/types.h>

// In ticks of sysconf(_SC_CLK_TCK).
struct cpu_time {
    uint64_t idle;   // with waiting for disks
    uint64_t stolen; // by other machines of the same host
};

struct cpu_time cpu_read(uint32_t cpu);
// The nanoseconds that all threads of some processes ran, with the softirqs that they ran;
// `processes` is `12,345`.
uint64_t cpu_used_ns(const char *processes);
// Binds a thread (0: this one) to a CPU and lets it go first there, before what else the machine does.
void cpu_claim(uint32_t cpu, pid_t thread);
// The same for this thread, also where the kernel shares the CPU by sessions first (sched(7), the
// autogroup feature): it stands in a session of its own.
void cpu_claim_session(uint32_t cpu);

#endif
