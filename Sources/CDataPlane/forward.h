// SPDX-License-Identifier: Apache-2.0
//
// The pipeline as a function of (snapshot, flow table, now, a batch of frames).

#ifndef DP_FORWARD_H
#define DP_FORWARD_H

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

// What the pipeline works on beside the frames: shared tables, and the worker's own counters.
struct dp_pipeline {
    const struct dp_snapshot *snapshot;
    struct dp_flow_table *flows;
    dp_cursor *cursors; // by service index
    struct dp_counters *counters;
    struct dp_limiter *limiter; // of the errors that we answer
    uint64_t now_ms;
};

// `count` <= DP_BATCH frames; `outcomes[i]` tells what became of frame i; what is to be sent is
// appended to `out`.
void dp_forward(const struct dp_pipeline *pipeline, struct dp_frame *frames, uint32_t count,
                struct dp_outcome *outcomes, struct dp_transmit *out);

#endif
