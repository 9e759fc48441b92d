// SPDX-License-Identifier: Apache-2.0
//
// Power of two choices: two schedulable real servers drawn at random, each as often as its weight
// says; the one with less load for its weight gets the flow, the first when they are equal. The
// randomness is the flow's hash, which is keyed with a secret, mixed with the cursor, a count of
// picks. Flow miss, any worker.

#include "../scheduler.h"
#include "hash.h"

// The real server at which the weights, added up along the list, reach `mark`.
static uint32_t draw(const struct dp_choice *choice, uint64_t mark)
{
    uint64_t sum = 0;
    uint32_t drawn = DP_NO_REAL;
    for (uint32_t i = 0; i < choice->service->real_count; i++) {
        uint32_t real = choice->service->reals[i];
        if (!dp_choice_schedulable(choice, real)) {
            continue;
        }
        sum += dp_choice_weight(choice, real);
        drawn = real;
        if (sum >= mark) {
            break;
        }
    }
    return drawn;
}

static uint32_t pick(const struct dp_choice *choice)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < choice->service->real_count; i++) {
        uint32_t real = choice->service->reals[i];
        total += dp_choice_schedulable(choice, real) ? dp_choice_weight(choice, real) : 0;
    }
    if (total == 0) {
        return DP_NO_REAL;
    }
    uint64_t turn = atomic_fetch_add_explicit(choice->cursor, 1, memory_order_relaxed);
    uint64_t random = dp_mix(choice->packet->hash ^ dp_mix(turn));
    // Marks of 0...total, as the kernel draws them.
    uint32_t first = draw(choice, (random >> 32) % (total + 1));
    uint32_t second = draw(choice, (random & UINT32_MAX) % (total + 1));
    return dp_choice_load(choice, first) * dp_choice_weight(choice, second) >
                   dp_choice_load(choice, second) * dp_choice_weight(choice, first)
               ? second
               : first;
}

const struct dp_scheduler dp_scheduler_twos = {.name = "twos", .pick = pick};
