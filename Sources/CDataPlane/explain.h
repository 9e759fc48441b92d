// SPDX-License-Identifier: Apache-2.0
//
// A private stage on which a packet's way can be rehearsed.

#ifndef DP_EXPLAIN_H
#define DP_EXPLAIN_H

#include "forwarder.h"

// Copies of what forwarding changes, as far as one packet can reach: the lines of the flow table in
// which its flow may stand, the memory and the flow counts of its service's scheduler. The rest of it
// is as another packet left it, but for the flow table, which is empty between two packets.
struct dp_stage {
    struct dp_flow_table *flows;
    struct dp_flow_memory memory; // what they stand in
    dp_cursor *cursors;
    struct dp_counters counters; // nobody reads them
};

// Control. NULL when memory is short. What is not touched costs no memory.
struct dp_stage *dp_stage_create(const struct dp_flow_table *flows, struct dp_error *error);
void dp_stage_destroy(struct dp_stage *stage);
// Copies the lines in which a flow of this hash may stand.
void dp_stage_copy_flow(struct dp_stage *stage, const struct dp_flow_table *flows, uint64_t hash);
// Makes them free again.
void dp_stage_wipe_flow(struct dp_stage *stage, uint64_t hash);
// Copies what the service's scheduler looks at.
void dp_stage_copy_service(struct dp_stage *stage, const struct dp_forwarder *forwarder,
                           const struct dp_service *service);

#endif
