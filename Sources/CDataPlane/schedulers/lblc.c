// SPDX-License-Identifier: Apache-2.0
//
// Locality-based least connection: the flows to one address go to one real server, until it is no
// longer schedulable, or has more active flows than its weight while another one is half idle; then
// wlc picks the next. A service has one address, so that its place is the cursor: the index of the
// real server + 1, or 0. Flow miss, any worker.

#include "../scheduler.h"
#include "locality.h"

static uint32_t pick(const struct dp_choice *choice)
{
    uint64_t last = atomic_load_explicit(choice->cursor, memory_order_relaxed) - 1;
    if (dp_choice_is_listed(choice, last) && dp_choice_schedulable(choice, (uint32_t)last) &&
        !dp_locality_is_over(choice, (uint32_t)last)) {
        return (uint32_t)last;
    }
    uint32_t real = dp_scheduler_wlc.pick(choice);
    if (real != DP_NO_REAL) {
        atomic_store_explicit(choice->cursor, (uint64_t)real + 1, memory_order_relaxed);
    }
    return real;
}

const struct dp_scheduler dp_scheduler_lblc = {.name = "lblc", .pick = pick};
