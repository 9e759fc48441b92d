// SPDX-License-Identifier: Apache-2.0
//
// Fragments without ports follow the first of their packet. Where that went stands in the flow table,
// so that any worker finds it; those that overtake it wait in a small place of their worker.

#ifndef DP_FRAGMENT_H
#define DP_FRAGMENT_H

#include "pipeline.h"

enum {
    DP_HOLD_CAPACITY = 64, // fragments that wait
    DP_HOLD_FRAME = 9600,  // bytes of the longest: a jumbo frame
    DP_HOLD_MS = 1000,     // how long one waits
};

struct dp_held {
    struct dp_frame frame;
    struct dp_packet packet; // of the key under which the first fragment's real server stands
    uint64_t until_ms;
    bool owned; // its VIP is the data plane's own
    uint8_t memory[DP_HEADROOM + DP_HOLD_FRAME];
};

// The worker's own. The first `count` wait, in the order in which they came.
struct dp_hold {
    struct dp_held *places[DP_HOLD_CAPACITY];
    struct dp_held *memory;
    uint32_t count;
};

// Control. NULL when memory is short.
struct dp_hold *dp_hold_create(void);
void dp_hold_destroy(struct dp_hold *hold);

// The first fragment of a packet went to the real server.
void dp_fragment_remember(const struct dp_pipeline *p, const struct dp_packet *packet,
                          uint32_t real);
// A later one to a VIP (enum dp_vip_flag): after the first, or it waits, or it is lost.
struct dp_outcome dp_fragment_follow(const struct dp_pipeline *p, const struct dp_packet *packet,
                                     const struct dp_frame *frame, uint32_t vip);
// Those that waited: appends what can go now to `out`, gives up what waited too long. What it
// appends stays as it is until the next frame is held. `outcomes[i]` (DP_HOLD_CAPACITY entries) is of
// what is appended to an empty `out` as its frame i.
void dp_fragment_release(const struct dp_pipeline *p, struct dp_transmit *out,
                         struct dp_outcome *outcomes);

#endif
