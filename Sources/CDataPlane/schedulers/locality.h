// SPDX-License-Identifier: Apache-2.0

#ifndef DP_SCHEDULERS_LOCALITY_H
#define DP_SCHEDULERS_LOCALITY_H

#include "../scheduler.h"

// Whether the real server has more active flows than its weight, while another one is half idle.
static inline bool dp_locality_is_over(const struct dp_choice *choice, uint32_t real)
{
    if (dp_choice_active(choice, real) <= dp_choice_weight(choice, real)) {
        return false;
    }
    for (uint32_t i = 0; i < choice->service->real_count; i++) {
        uint32_t other = choice->service->reals[i];
        if (2 * dp_choice_active(choice, other) < dp_choice_weight(choice, other)) {
            return true;
        }
    }
    return false;
}

#endif
