// SPDX-License-Identifier: Apache-2.0
//
// The table of schedulers.

#include "scheduler.h"

static const struct dp_scheduler *const schedulers[DP_SCHEDULER_COUNT] = {
    [DP_SCHEDULER_RR] = &dp_scheduler_rr,         [DP_SCHEDULER_WRR] = &dp_scheduler_wrr,
    [DP_SCHEDULER_LC] = &dp_scheduler_lc,         [DP_SCHEDULER_WLC] = &dp_scheduler_wlc,
    [DP_SCHEDULER_SED] = &dp_scheduler_sed,       [DP_SCHEDULER_NQ] = &dp_scheduler_nq,
    [DP_SCHEDULER_SH] = &dp_scheduler_sh,         [DP_SCHEDULER_DH] = &dp_scheduler_dh,
    [DP_SCHEDULER_MH] = &dp_scheduler_mh,         [DP_SCHEDULER_FO] = &dp_scheduler_fo,
    [DP_SCHEDULER_OVF] = &dp_scheduler_ovf,       [DP_SCHEDULER_LBLC] = &dp_scheduler_lblc,
    [DP_SCHEDULER_LBLCR] = &dp_scheduler_lblcr,   [DP_SCHEDULER_TWOS] = &dp_scheduler_twos,
    [DP_SCHEDULER_MAGLEV] = &dp_scheduler_maglev,
};

const struct dp_scheduler *dp_scheduler_named(enum dp_scheduler_id id)
{
    return schedulers[id];
}
