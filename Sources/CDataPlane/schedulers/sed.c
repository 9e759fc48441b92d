// SPDX-License-Identifier: Apache-2.0
//
// Shortest expected delay: the schedulable real server with the fewest active flows for its weight,
// the new one counted. Flow miss, any worker.

#include "../scheduler.h"

static uint32_t pick(const struct dp_choice *choice)
{
    uint32_t least = DP_NO_REAL;
    uint64_t least_delay = 0;
    for (uint32_t i = 0; i < choice->service->real_count; i++) {
        uint32_t real = choice->service->reals[i];
        if (!dp_choice_schedulable(choice, real)) {
            continue;
        }
        uint64_t delay = dp_choice_active(choice, real) + 1;
        if (least == DP_NO_REAL || least_delay * dp_choice_weight(choice, real) >
                                       delay * dp_choice_weight(choice, least)) {
            least = real;
            least_delay = delay;
        }
    }
    return least;
}

const struct dp_scheduler dp_scheduler_sed = {.name = "sed", .pick = pick};
