// SPDX-License-Identifier: Apache-2.0
//
// What a scheduler is: one short file in schedulers/ that ends in its struct dp_scheduler. It runs
// only on a flow miss, on any worker; what it remembers is the service's cursor, shared by all, and
// its slot table, built with the snapshot.

#ifndef DP_SCHEDULER_H
#define DP_SCHEDULER_H

#include "flow.h"
#include "slot_table.h"
#include "snapshot.h"

#include <stdatomic.h>

// What a service's scheduler remembers between picks; its meaning is the scheduler's. There is one
// for each service, and behind them, in the same array, one for each real server. 0 at first, and
// again when the service gets another scheduler.
typedef _Atomic uint64_t dp_cursor;

// What a pick may look at.
struct dp_choice {
    const struct dp_service *service;
    const struct dp_snapshot *snapshot;
    const struct dp_packet *packet; // the new flow's first
    struct dp_flow_counts *counts;  // by real server index
    dp_cursor *cursor;              // the service's
    uint64_t now_ms;
};

struct dp_scheduler {
    const char *name;
    // Returns the picked real server's index, or DP_NO_REAL when none is schedulable.
    uint32_t (*pick)(const struct dp_choice *choice);
    const struct dp_slot_rule *slots; // of one that picks by a slot table, else NULL
    // Whether two directors with the same table pick the same for a packet, whatever came before it.
    bool agrees;
    // Control, before a snapshot goes into force. What the cursor of the `old` one's service is in the
    // new one's; NULL: as it is.
    uint64_t (*carry)(uint64_t cursor, const struct dp_snapshot *old,
                      const struct dp_snapshot *snapshot, uint32_t service);
};

// Whether it is the index of one of the service's real servers.
static inline bool dp_service_lists(const struct dp_snapshot *snapshot,
                                    const struct dp_service *service, uint64_t real)
{
    return real < snapshot->real_end && snapshot->reals[real].service == service->index &&
           snapshot->reals[real].position < service->real_count;
}

const struct dp_scheduler *dp_scheduler_named(enum dp_scheduler_id id);

static inline uint32_t dp_choice_weight(const struct dp_choice *choice, uint32_t real)
{
    return choice->snapshot->reals[real].weight;
}

static inline bool dp_choice_is_listed(const struct dp_choice *choice, uint64_t real)
{
    return dp_service_lists(choice->snapshot, choice->service, real);
}

// The real server's own.
static inline dp_cursor *dp_choice_real_cursor(const struct dp_choice *choice, uint32_t real)
{
    return choice->cursor - choice->service->index + DP_SERVICE_CAPACITY + real;
}

// Whether the real server takes new flows now.
static inline bool dp_choice_schedulable(const struct dp_choice *choice, uint32_t real)
{
    return dp_choice_weight(choice, real) > 0 && !dp_flow_is_overloaded(&choice->counts[real]);
}

// Whether a walk over the slots can find one.
static inline bool dp_choice_is_any_schedulable(const struct dp_choice *choice)
{
    for (uint32_t i = 0; i < choice->service->real_count; i++) {
        if (dp_choice_schedulable(choice, choice->service->reals[i])) {
            return true;
        }
    }
    return false;
}

static inline uint64_t dp_choice_active(const struct dp_choice *choice, uint32_t real)
{
    return atomic_load_explicit(&choice->counts[real].active, memory_order_relaxed);
}

static inline uint64_t dp_choice_load(const struct dp_choice *choice, uint32_t real)
{
    return dp_flow_load(&choice->counts[real]);
}

// The real server that has the slot, schedulable or not; DP_NO_REAL when the slot is empty.
static inline uint32_t dp_choice_slot(const struct dp_choice *choice, uint32_t slot)
{
    uint16_t position = choice->service->slots->positions[slot];
    return position == DP_SLOT_EMPTY ? DP_NO_REAL : choice->service->reals[position];
}

extern const struct dp_scheduler dp_scheduler_rr;
extern const struct dp_scheduler dp_scheduler_wrr;
extern const struct dp_scheduler dp_scheduler_lc;
extern const struct dp_scheduler dp_scheduler_wlc;
extern const struct dp_scheduler dp_scheduler_sed;
extern const struct dp_scheduler dp_scheduler_nq;
extern const struct dp_scheduler dp_scheduler_sh;
extern const struct dp_scheduler dp_scheduler_dh;
extern const struct dp_scheduler dp_scheduler_mh;
extern const struct dp_scheduler dp_scheduler_fo;
extern const struct dp_scheduler dp_scheduler_ovf;
extern const struct dp_scheduler dp_scheduler_lblc;
extern const struct dp_scheduler dp_scheduler_lblcr;
extern const struct dp_scheduler dp_scheduler_twos;
extern const struct dp_scheduler dp_scheduler_maglev;

#endif
