// SPDX-License-Identifier: Apache-2.0
//
// Least connection: the schedulable real server with the least load, whatever its weight. Flow
// miss, any worker.

#include "../scheduler.h"

static uint32_t pick(const struct dp_choice *choice)
{
    uint32_t least = DP_NO_REAL;
    uint64_t least_load = 0;
    for (uint32_t i = 0; i < choice->service->real_count; i++) {
        uint32_t real = choice->service->reals[i];
        if (!dp_choice_schedulable(choice, real)) {
            continue;
        }
        uint64_t load = dp_choice_load(choice, real);
        if (least == DP_NO_REAL || load < least_load) {
            least = real;
            least_load = load;
        }
    }
    return least;
}

const struct dp_scheduler dp_scheduler_lc = {.name = "lc", .pick = pick};
