// SPDX-License-Identifier: Apache-2.0
//
// Counters with one writer each, a worker, and any number of readers.

#ifndef DP_COUNTER_H
#define DP_COUNTER_H

#include "CDataPlane.h"

#include <stdatomic.h>

typedef _Atomic uint64_t dp_counter;

// The owner alone calls it: a load and a store, no locked instruction.
static inline void dp_counter_add(dp_counter *counter, uint64_t amount)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + amount, memory_order_relaxed);
}

static inline uint64_t dp_counter_read(const dp_counter *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

// By reason; dp_reason_verdict() for those outside.
extern const uint8_t dp_verdict_of[DP_REASON_COUNT];

struct dp_traffic_counters {
    dp_counter connections, packets, bytes;
    uint64_t unused;
};

// One worker's. Indexes that were never used cost no memory.
struct dp_counters {
    dp_counter exits[DP_REASON_COUNT];
    dp_counter opened[DP_REASON_COUNT];   // of frames with which the XDP program began flows
    struct dp_traffic_counters *services; // DP_SERVICE_CAPACITY
    struct dp_traffic_counters *reals;    // DP_REAL_CAPACITY
};

// False when memory is short.
bool dp_counters_create(struct dp_counters *counters);
void dp_counters_destroy(struct dp_counters *counters);
struct dp_traffic dp_traffic_read(const struct dp_traffic_counters *counters);

#endif
