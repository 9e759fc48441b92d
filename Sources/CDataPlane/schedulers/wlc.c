// SPDX-License-Identifier: Apache-2.0
//
// Weighted least connection: the schedulable real server with the least load for its weight. Flow
// miss, any worker.

#include "../scheduler.h"

static uint32_t pick(const struct dp_choice *choice)
{
    const uint32_t *list = choice->service->reals;
    const struct dp_real *reals = choice->snapshot->reals;
    struct dp_flow_counts *counts = choice->counts;
    uint32_t least = DP_NO_REAL;
    uint64_t least_load = 1, least_weight = 0; // more than anybody's, as a fraction
    for (const uint32_t *end = list + choice->service->real_count; list < end; list++) {
        uint64_t weight = reals[*list].weight;
        uint64_t load = dp_flow_load(&counts[*list]);
        if (least_load * weight > load * least_weight && !dp_flow_is_overloaded(&counts[*list])) {
            least = *list;
            least_load = load;
            least_weight = weight;
        }
    }
    return least;
}

const struct dp_scheduler dp_scheduler_wlc = {.name = "wlc", .pick = pick};
