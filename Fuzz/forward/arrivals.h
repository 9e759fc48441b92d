// SPDX-License-Identifier: Apache-2.0
//
// A port as hostile as the contract of ports allows: frames that were cut, tagged frames, memory that
// ends where the frame ends, bytes around it that were somebody else's.

#ifndef FUZZ_ARRIVALS_H
#define FUZZ_ARRIVALS_H

#include "ports/port.h"

enum { DEPARTURE_CAPACITY = 4 * DP_BATCH };

// A frame that arrives in the next batch.
struct arrival {
    struct dp_frame frame; // in memory of its own, written by the pipeline
    struct dp_frame asked; // the same as it came, in memory of exactly its length
};

// A frame as it was sent.
struct departure {
    uint8_t *data;
    uint32_t length, egress;
    uint32_t arrival; // which it was, or NONE: it had waited, or is an announcement
    bool own;
};
#define NONE UINT32_MAX

struct arrivals {
    struct dp_port port;
    uint64_t now_ms;
    uint8_t surroundings; // the bytes around each frame
    uint32_t count;
    struct arrival list[DP_BATCH];
    uint32_t departure_count;
    struct departure departures[DEPARTURE_CAPACITY];
};

// The worker that gets its port closes it.
struct arrivals *arrivals_open(uint8_t surroundings);
// Room is left: `count` < DP_BATCH.
void arrivals_add(struct arrivals *arrivals, const uint8_t *bytes, uint32_t length,
                  uint32_t wire_length, bool vlan);
// Forgets the batch and what became of it.
void arrivals_clear(struct arrivals *arrivals);

#endif
