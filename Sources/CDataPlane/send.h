// SPDX-License-Identifier: Apache-2.0

#ifndef DP_SEND_H
#define DP_SEND_H

#include "pipeline.h"
#include "rewrite.h"

// On its way to the real server: rewritten, appended to `out`, counted. Worker thread.
static inline void dp_send(const struct dp_pipeline *p, const struct dp_packet *packet,
                           const struct dp_real *real, struct dp_frame *frame,
                           struct dp_transmit *out)
{
    dp_rewrite(frame->data, real, p->snapshot->preserve_source_mac);
    frame->egress = real->egress;
    out->frames[out->count++] = frame;

    struct dp_traffic_counters *service = &p->counters->services[real->service];
    struct dp_traffic_counters *traffic = &p->counters->reals[real - p->snapshot->reals];
    dp_counter_add(&service->packets, 1);
    dp_counter_add(&service->bytes, packet->ip_length);
    dp_counter_add(&traffic->packets, 1);
    dp_counter_add(&traffic->bytes, packet->ip_length);
}

#endif
