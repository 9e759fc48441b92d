// SPDX-License-Identifier: Apache-2.0
//
// The pipeline as a function of (snapshot, flow table, now, a batch of frames).

#ifndef DP_FORWARD_H
#define DP_FORWARD_H

#include "pipeline.h"

// `count` <= DP_BATCH frames; `outcomes[i]` tells what became of frame i; what is to be sent is
// appended to `out`.
void dp_forward(const struct dp_pipeline *pipeline, struct dp_frame *frames, uint32_t count,
                struct dp_outcome *outcomes, struct dp_transmit *out);

#endif
