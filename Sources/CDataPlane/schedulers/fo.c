// SPDX-License-Identifier: Apache-2.0
//
// Weighted fail-over: the schedulable real server with the greatest weight. Flow miss, any worker.

#include "../scheduler.h"

static uint32_t pick(const struct dp_choice *choice)
{
    uint32_t greatest = DP_NO_REAL;
    uint32_t greatest_weight = 0;
    for (uint32_t i = 0; i < choice->service->real_count; i++) {
        uint32_t real = choice->service->reals[i];
        uint32_t weight = dp_choice_weight(choice, real);
        if (weight > greatest_weight && dp_choice_schedulable(choice, real)) {
            greatest = real;
            greatest_weight = weight;
        }
    }
    return greatest;
}

const struct dp_scheduler dp_scheduler_fo = {.name = "fo", .pick = pick, .agrees = true};
