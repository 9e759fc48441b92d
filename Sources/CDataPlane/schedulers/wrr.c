// SPDX-License-Identifier: Apache-2.0
//
// Weighted round robin, interleaved as the kernel's: turns of the list with a current weight that
// starts at the greatest and falls by the greatest common divisor; those with at least that weight
// are taken. A fresh list begins at weight 1, as one does in the kernel to which real servers were
// added one by one. Flow miss, any worker.
//
// The cursor packs the list's revision (24 bits), the last pick's position + 1 (20 bits, 0: before
// the head) and the current weight (20 bits). A changed list or weight starts at the head again and
// fits the current weight to the new steps.

#include "../scheduler.h"

#include <stdatomic.h>

enum { POSITION_BITS = 20, WEIGHT_BITS = 20 };
_Static_assert(DP_REAL_CAPACITY < 1 << POSITION_BITS, "a position fits");

struct mark {
    uint32_t revision;
    uint32_t next; // position of the one after the last pick
    uint32_t weight;
};

static struct mark unpack(uint64_t cursor)
{
    return (struct mark){
        .revision = (uint32_t)(cursor >> (POSITION_BITS + WEIGHT_BITS)),
        .next = (uint32_t)(cursor >> WEIGHT_BITS) & ((1u << POSITION_BITS) - 1),
        .weight = (uint32_t)cursor & ((1u << WEIGHT_BITS) - 1),
    };
}

static uint64_t pack(struct mark mark)
{
    return (uint64_t)mark.revision << (POSITION_BITS + WEIGHT_BITS) |
           (uint64_t)mark.next << WEIGHT_BITS | mark.weight;
}

static void fit(struct mark *mark, const struct dp_service *service, uint32_t top)
{
    if (mark->revision == service->revision && mark->weight != 0) {
        return;
    }
    mark->revision = service->revision;
    mark->next = 0;
    if (mark->weight == 0) {
        mark->weight = 1; // where a list stands that grew from its first real server
    } else if (mark->weight > top) {
        mark->weight = top;
    } else if (service->weight_gcd > 1) {
        mark->weight = mark->weight / service->weight_gcd * service->weight_gcd + 1;
    }
}

// The current weight of the next turn. Turns in which nobody has so much are left out: with weights
// such as 65,535 and 1 there are many while the great one is down.
static uint32_t next_weight(uint32_t weight, uint32_t top, uint32_t divisor, uint32_t greatest)
{
    uint32_t next = weight <= divisor ? top : weight - divisor;
    if (next <= greatest) {
        return next;
    }
    return next - (next - greatest + divisor - 1) / divisor * divisor;
}

// Walks on from the mark; `greatest` is the greatest weight of those that were schedulable a moment
// ago, so that one turn at the lowest step finds one; when other workers overload it meanwhile nobody
// is found.
static uint32_t advance(struct mark *mark, const struct dp_choice *choice, uint32_t top,
                        uint32_t greatest)
{
    const struct dp_service *service = choice->service;
    for (uint32_t rounds = 0; rounds < 3;) {
        for (uint32_t i = mark->next; i < service->real_count; i++) {
            uint32_t real = service->reals[i];
            if (dp_choice_weight(choice, real) >= mark->weight &&
                dp_choice_schedulable(choice, real)) {
                mark->next = i + 1;
                return service->reals[i];
            }
        }
        mark->next = 0;
        rounds += mark->weight <= service->weight_gcd;
        mark->weight = next_weight(mark->weight, top, service->weight_gcd, greatest);
    }
    return DP_NO_REAL;
}

// 0: none.
static uint32_t greatest_schedulable(const struct dp_choice *choice)
{
    uint32_t greatest = 0;
    for (uint32_t i = 0; i < choice->service->real_count; i++) {
        uint32_t real = choice->service->reals[i];
        uint32_t weight = dp_choice_weight(choice, real);
        if (weight > greatest && dp_choice_schedulable(choice, real)) {
            greatest = weight;
        }
    }
    return greatest;
}

static uint32_t pick(const struct dp_choice *choice)
{
    const struct dp_service *service = choice->service;
    uint32_t greatest = greatest_schedulable(choice);
    if (greatest == 0) {
        return DP_NO_REAL;
    }
    // Lowered so that the last step is 1, whatever the divisor.
    uint32_t top = service->greatest_weight - (service->weight_gcd - 1);
    uint64_t seen = atomic_load_explicit(choice->cursor, memory_order_relaxed);
    for (;;) {
        struct mark mark = unpack(seen);
        fit(&mark, service, top);
        uint32_t picked = advance(&mark, choice, top, greatest);
        if (atomic_compare_exchange_weak_explicit(choice->cursor, &seen, pack(mark),
                                                  memory_order_relaxed, memory_order_relaxed)) {
            return picked;
        }
    }
}

const struct dp_scheduler dp_scheduler_wrr = {.name = "wrr", .pick = pick};
