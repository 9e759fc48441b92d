// SPDX-License-Identifier: Apache-2.0
//
// The first frame of a measurement, and the plan that makes all others from it.
#ifndef TRAFFIC_TEMPLATE_H
#define TRAFFIC_TEMPLATE_H

#include "plan.h"

#include <stdbool.h>
#include <stdint.h>

enum { TEMPLATE_SIZE_MIN = 60, TEMPLATE_SIZE_MAX = 1514 };

struct template_options {
    bool is_ipv6;
    uint8_t macs[12];  // the frame's first bytes
    uint8_t vip[16];   // as on the wire; IPv4 takes the first four
    uint16_t port;     // the first service's
    uint16_t services; // with a port each, one behind the other; at least 1
    uint32_t size;     // bytes from the Ethernet header on; more where the headers need it
    uint32_t flows;    // 0: each frame is a new one
    uint32_t first;    // the first frame's flow
    uint32_t lasting;  // as in the plan; of TCP alone
    uint8_t flags;     // of TCP segments; 0: UDP datagrams
    uint64_t rate;     // frames/s; 0: as fast as it goes
    uint64_t now_ns;   // on the monotonic clock
};

// Writes the frame, of at most TEMPLATE_SIZE_MAX bytes, and the plan. Returns the frame's length.
uint32_t template_make(const struct template_options *options, uint8_t *frame, struct plan *plan);

#endif
