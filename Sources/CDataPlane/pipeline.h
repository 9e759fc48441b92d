// SPDX-License-Identifier: Apache-2.0
//
// What the steps of the pipeline work on.

#ifndef DP_PIPELINE_H
#define DP_PIPELINE_H

#include "counter.h"
#include "flow.h"
#include "limit.h"
#include "scheduler.h"
#include "snapshot.h"

// Frames to send, in order; they stay in their port's memory.
struct dp_transmit {
    uint32_t count;
    struct dp_frame *frames[DP_BATCH];
};

// Beside the frames: shared tables, and the worker's own counters and places.
struct dp_pipeline {
    const struct dp_snapshot *snapshot;
    struct dp_flow_table *flows;
    dp_cursor *cursors; // by service index
    struct dp_counters *counters;
    struct dp_limiter *limiter; // of the errors that we answer
    struct dp_hold *hold;       // fragments that wait for their first
    uint64_t now_ms;
};

static inline struct dp_outcome dp_without_real(enum dp_reason reason)
{
    return (struct dp_outcome){reason, DP_NO_REAL};
}

// Up, and frames can be sent to it.
static inline bool dp_is_usable(const struct dp_pipeline *p, uint32_t real)
{
    return p->snapshot->reals[real].usable != 0;
}

// Whether flows that it has go on to it.
static inline bool dp_keeps_flows(const struct dp_pipeline *p, uint32_t real)
{
    if (real >= p->snapshot->real_end) {
        return false; // nor does it have a service
    }
    const struct dp_real *entry = &p->snapshot->reals[real];
    bool kept = p->snapshot->services[entry->service].on_down == DP_ON_DOWN_KEEP;
    return entry->usable != 0 || (kept && entry->linked != 0);
}

// A TCP segment that opens a connection, or any packet of UDP.
static inline bool dp_starts_flow(const struct dp_packet *packet)
{
    return packet->key.protocol == DP_UDP ||
           (packet->tcp_flags & (DP_TCP_SYN | DP_TCP_RST)) == DP_TCP_SYN;
}

#endif
