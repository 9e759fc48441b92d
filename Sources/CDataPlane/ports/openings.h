// SPDX-License-Identifier: Apache-2.0
//
// Flows that the XDP program has begun on its own (bpf/accelerate_layout.h): taken from its rings, and
// written into the flow table.

#ifndef DP_OPENINGS_H
#define DP_OPENINGS_H

#include "../pipeline.h"

struct dp_openings; // NULL where there is no program: then these do nothing

// Worker. Whether it attends to what the program begins, which is nothing while no worker does.
// `attends`: as it stands, false at first.
void dp_openings_attend(struct dp_openings *openings, bool *attends, bool wanted);
// Worker. Writes all flows into the table that were begun before the call; returns how many were its
// own to write. When it returns they all stand there, also those that another worker has written.
uint32_t dp_openings_take(struct dp_openings *openings, const struct dp_pipeline *pipeline);
// Any thread. Whether some are not in the table yet.
bool dp_openings_are_left(const struct dp_openings *openings);

#endif
