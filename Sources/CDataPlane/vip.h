// SPDX-License-Identifier: Apache-2.0

#ifndef DP_VIP_H
#define DP_VIP_H

#include "snapshot.h"

// Why a frame for no service leaves the pipeline: an answer for a VIP of ours, a drop for a broken
// frame to a VIP, else PASS.
enum dp_reason dp_vip_classify(const struct dp_snapshot *snapshot, const struct dp_frame *frame,
                               const struct dp_packet *packet);

#endif
