// SPDX-License-Identifier: Apache-2.0

#ifndef DP_FILTER_H
#define DP_FILTER_H

#include <stdint.h>

enum { DP_FILTER_NAME = 32 };

// A BPF filter of tc on an interface.
struct dp_filter {
    uint32_t program_id;
    char name
        [DP_FILTER_NAME]; // as it was attached under: "PROGRAM:[ID]", cut off where it is longer
};

// Control. The filter at this place, for all protocols. 1, or 0 where there is none, else -errno.
// Unlike a program's descriptor by its id this needs no CAP_SYS_ADMIN. `parent`: as in struct tcmsg.
int dp_filter_read(uint32_t interface, uint32_t parent, uint32_t priority, uint32_t handle,
                   struct dp_filter *filter);

// Control. 1 when a filter of whatever kind is at this parent, 0 when none is, else -errno.
int dp_filter_is_any(uint32_t interface, uint32_t parent);

#endif
