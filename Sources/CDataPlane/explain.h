// SPDX-License-Identifier: Apache-2.0
//
// A private stage on which a packet's way can be rehearsed.

#ifndef DP_EXPLAIN_H
#define DP_EXPLAIN_H

#include "forwarder.h"

// Copies of what forwarding changes, as far as one packet can reach: the lines of the flow table in
// which its flow may stand, the memory and the flow counts of its service's scheduler. Everything
// else in it is zero, and costs no memory.
struct dp_stage {
    struct dp_flow_table *flows;
    dp_cursor *cursors;
    struct dp_counters counters;
    struct dp_limiter limiter;
};

// Control. False when memory is short; to be struck in either case.
bool dp_stage_set(struct dp_stage *stage, const struct dp_forwarder *forwarder,
                  struct dp_error *error);
// Copies the lines in which a flow of this hash may stand.
void dp_stage_copy_flow(struct dp_stage *stage, const struct dp_flow_table *flows, uint64_t hash);
// Copies what the service's scheduler looks at.
void dp_stage_copy_service(struct dp_stage *stage, const struct dp_forwarder *forwarder,
                           const struct dp_service *service);
void dp_stage_strike(struct dp_stage *stage);

#endif
