// SPDX-License-Identifier: Apache-2.0
//
// The table of schedulers.

#include "scheduler.h"

static const struct dp_scheduler *const schedulers[DP_SCHEDULER_COUNT] = {
    [DP_SCHEDULER_RR] = &dp_scheduler_rr,
    [DP_SCHEDULER_WRR] = &dp_scheduler_wrr,
};

const struct dp_scheduler *dp_scheduler_named(enum dp_scheduler_id id)
{
    return schedulers[id];
}
