// SPDX-License-Identifier: Apache-2.0
//
// Locality-based least connection with replication: the flows to one address go to a growing set of
// real servers, to the one with the least load for its weight; when that one has more active flows
// than its weight while another one is half idle, wlc picks one that joins the set. A set that did
// not change for a day loses its most loaded one. Flow miss, any worker.
//
// A service has one address, hence one set. The service's cursor packs the second of the set's last
// change (32 bits) and how many ever joined it (32 bits, 0: no set yet); a real server's cursor is
// its place in that count, 0 when it is not of the set. The last to join is the first in the set.

#include "../scheduler.h"
#include "locality.h"

enum { CHANGE_AFTER_S = 24 * 60 * 60 };

static uint64_t seconds(const struct dp_choice *choice)
{
    return choice->now_ms / 1000;
}

static uint64_t joined(const struct dp_choice *choice, uint32_t real)
{
    return atomic_load_explicit(dp_choice_real_cursor(choice, real), memory_order_relaxed);
}

static void join(const struct dp_choice *choice, uint32_t real)
{
    uint64_t seen = atomic_load_explicit(choice->cursor, memory_order_relaxed);
    uint64_t count;
    do {
        count = (seen & UINT32_MAX) + 1;
    } while (!atomic_compare_exchange_weak_explicit(choice->cursor, &seen,
                                                    seconds(choice) << 32 | count,
                                                    memory_order_relaxed, memory_order_relaxed));
    atomic_store_explicit(dp_choice_real_cursor(choice, real), count, memory_order_relaxed);
}

// Of the set, the schedulable real server with the least load for its weight.
static uint32_t least_of(const struct dp_choice *choice)
{
    uint32_t least = DP_NO_REAL;
    for (uint32_t i = 0; i < choice->service->real_count; i++) {
        uint32_t real = choice->service->reals[i];
        if (joined(choice, real) == 0 || !dp_choice_schedulable(choice, real)) {
            continue;
        }
        if (least == DP_NO_REAL) {
            least = real;
            continue;
        }
        uint64_t own = dp_choice_load(choice, real) * dp_choice_weight(choice, least);
        uint64_t other = dp_choice_load(choice, least) * dp_choice_weight(choice, real);
        if (own < other || (own == other && joined(choice, real) > joined(choice, least))) {
            least = real;
        }
    }
    return least;
}

// Of the set, when it has two or more, the real server with the most load for its weight.
static uint32_t most_of(const struct dp_choice *choice)
{
    uint32_t most = DP_NO_REAL, size = 0;
    for (uint32_t i = 0; i < choice->service->real_count; i++) {
        uint32_t real = choice->service->reals[i];
        if (joined(choice, real) == 0) {
            continue;
        }
        size++;
        if (dp_choice_weight(choice, real) == 0) {
            continue;
        }
        if (most == DP_NO_REAL) {
            most = real;
            continue;
        }
        uint64_t own = dp_choice_load(choice, real) * dp_choice_weight(choice, most);
        uint64_t other = dp_choice_load(choice, most) * dp_choice_weight(choice, real);
        if (own > other || (own == other && joined(choice, real) > joined(choice, most))) {
            most = real;
        }
    }
    return size > 1 ? most : DP_NO_REAL;
}

static void shrink(const struct dp_choice *choice)
{
    uint64_t seen = atomic_load_explicit(choice->cursor, memory_order_relaxed);
    if (seconds(choice) <= (seen >> 32) + CHANGE_AFTER_S) {
        return;
    }
    uint32_t most = most_of(choice);
    uint64_t changed = seconds(choice) << 32 | (seen & UINT32_MAX);
    // Whoever is first says the new time, and takes one out.
    if (most != DP_NO_REAL &&
        atomic_compare_exchange_strong_explicit(choice->cursor, &seen, changed,
                                                memory_order_relaxed, memory_order_relaxed)) {
        atomic_store_explicit(dp_choice_real_cursor(choice, most), 0, memory_order_relaxed);
    }
}

static uint32_t pick(const struct dp_choice *choice)
{
    uint32_t real = least_of(choice);
    shrink(choice);
    if (real != DP_NO_REAL && !dp_locality_is_over(choice, real)) {
        return real;
    }
    real = dp_scheduler_wlc.pick(choice);
    if (real != DP_NO_REAL && joined(choice, real) == 0) {
        join(choice, real);
    }
    return real;
}

const struct dp_scheduler dp_scheduler_lblcr = {.name = "lblcr", .pick = pick};
