// SPDX-License-Identifier: Apache-2.0
//
// Never queue: the first schedulable real server without an active flow; when there is none, as
// sed. Flow miss, any worker.

#include "../scheduler.h"

static uint32_t pick(const struct dp_choice *choice)
{
    for (uint32_t i = 0; i < choice->service->real_count; i++) {
        uint32_t real = choice->service->reals[i];
        if (dp_choice_schedulable(choice, real) && dp_choice_active(choice, real) == 0) {
            return real;
        }
    }
    return dp_scheduler_sed.pick(choice);
}

const struct dp_scheduler dp_scheduler_nq = {.name = "nq", .pick = pick};
