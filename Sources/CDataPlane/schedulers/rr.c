// SPDX-License-Identifier: Apache-2.0
//
// Round robin: the next schedulable real server in the list after the last pick. The cursor is the
// last pick's real server index + 1, so that it keeps its meaning when the list changes; 0 is the
// head of the list. Flow miss, any worker.

#include "../scheduler.h"

#include <stdatomic.h>

static uint32_t position_after(const struct dp_service *service, const struct dp_snapshot *snapshot,
                               uint64_t cursor)
{
    return cursor > 0 && dp_service_lists(snapshot, service, cursor - 1)
               ? snapshot->reals[cursor - 1].position + 1
               : 0;
}

// When the last pick is taken from the list, the one before it in the list takes its place.
static uint64_t carry(uint64_t cursor, const struct dp_snapshot *old,
                      const struct dp_snapshot *snapshot, uint32_t index)
{
    const struct dp_service *before = &old->services[index];
    const struct dp_service *after = &snapshot->services[index];
    uint32_t next = position_after(before, old, cursor);
    while (next > 0 && !dp_service_lists(snapshot, after, before->reals[next - 1])) {
        next--;
    }
    return next > 0 ? (uint64_t)before->reals[next - 1] + 1 : 0;
}

static uint32_t pick(const struct dp_choice *choice)
{
    const struct dp_service *service = choice->service;
    uint64_t seen = atomic_load_explicit(choice->cursor, memory_order_relaxed);
    for (;;) {
        uint32_t start = position_after(service, choice->snapshot, seen);
        uint32_t picked = DP_NO_REAL;
        for (uint32_t i = 0; i < service->real_count && picked == DP_NO_REAL; i++) {
            uint32_t index = service->reals[(start + i) % service->real_count];
            picked = dp_choice_schedulable(choice, index) ? index : DP_NO_REAL;
        }
        if (picked == DP_NO_REAL) {
            return DP_NO_REAL;
        }
        if (atomic_compare_exchange_weak_explicit(choice->cursor, &seen, (uint64_t)picked + 1,
                                                  memory_order_relaxed, memory_order_relaxed)) {
            return picked;
        }
    }
}

const struct dp_scheduler dp_scheduler_rr = {.name = "rr", .pick = pick, .carry = carry};
