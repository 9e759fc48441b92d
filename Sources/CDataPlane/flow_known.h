// SPDX-License-Identifier: Apache-2.0
//
// Flows that the XDP program knows by their hash alone, beside the table that has them: told when one
// is over, asked which ones were seen. Any worker.

#ifndef DP_FLOW_KNOWN_H
#define DP_FLOW_KNOWN_H

#include "bpf/accelerate_layout.h"
#include "flow.h"

struct dp_flow_known {
    struct dp_known *words;        // shared with the program
    _Atomic uint64_t *seen_before; // what was taken of their `seen` last
    uint32_t mask;                 // their number - 1
    _Atomic uint32_t in_use;       // not 0 since the program may know the first; it stays so
    _Atomic uint32_t taken_ms;     // when it was taken, low 32 bits of the clock
};

// The flow in the line goes on no longer as the program knows it. Behind the change of its control
// word.
void dp_flow_forget(const struct dp_flow_table *table, const struct dp_flow *flow);
// The line's last_seen_ms becomes what the program has seen, to the period: late rather than early.
void dp_flow_note_seen(const struct dp_flow_table *table, struct dp_flow *flow, uint64_t now_ms);

#endif
