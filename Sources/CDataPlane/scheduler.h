// SPDX-License-Identifier: Apache-2.0
//
// What a scheduler is: one short file in schedulers/ that ends in its struct dp_scheduler. It runs
// only on a flow miss, on any worker; what it remembers is the service's cursor, shared by all.

#ifndef DP_SCHEDULER_H
#define DP_SCHEDULER_H

#include "flow.h"
#include "snapshot.h"

// What a service's scheduler remembers between picks; its meaning is the scheduler's.
typedef _Atomic uint64_t dp_cursor;

// What a pick may look at.
struct dp_choice {
    const struct dp_service *service;
    const struct dp_snapshot *snapshot;
    const struct dp_packet *packet;      // the new flow's first
    const struct dp_flow_counts *counts; // by real server index
    dp_cursor *cursor;                   // the service's
};

struct dp_scheduler {
    const char *name;
    // Returns the picked real server's index, or DP_NO_REAL when none is schedulable.
    uint32_t (*pick)(const struct dp_choice *choice);
};

const struct dp_scheduler *dp_scheduler_named(enum dp_scheduler_id id);

extern const struct dp_scheduler dp_scheduler_rr;
extern const struct dp_scheduler dp_scheduler_wrr;

#endif
