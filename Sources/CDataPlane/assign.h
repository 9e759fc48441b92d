// SPDX-License-Identifier: Apache-2.0
//
// Which real server? A packet of a service -> an outcome with a real server, or the exit that it
// takes. Worker thread.

#ifndef DP_ASSIGN_H
#define DP_ASSIGN_H

#include "pipeline.h"

// A packet whose flow is not known.
struct dp_outcome dp_assign_new(const struct dp_pipeline *p, const struct dp_service *service,
                                const struct dp_packet *packet);
// One whose flow can not simply go on: its real server is down or gone, or it reuses the ports of a
// closing connection.
struct dp_outcome dp_assign_anew(const struct dp_pipeline *p, const struct dp_service *service,
                                 const struct dp_packet *packet, struct dp_flow *flow,
                                 uint64_t control);
// An ICMP error that quotes a packet of the service: to the real server that sent that.
struct dp_outcome dp_assign_error(const struct dp_pipeline *p, const struct dp_service *service,
                                  const struct dp_packet *packet);

static inline struct dp_outcome dp_assign(const struct dp_pipeline *p,
                                          const struct dp_service *service,
                                          const struct dp_packet *packet)
{
    uint64_t control;
    struct dp_flow *flow =
        dp_flow_find(p->flows, packet, &p->snapshot->timeouts, p->now_ms, &control);
    if (__builtin_expect(flow == NULL, false)) {
        return dp_assign_new(p, service, packet);
    }
    uint32_t real = dp_flow_real_of(control);
    enum dp_flow_state state = dp_flow_state_of(control);
    bool closing = state == DP_FLOW_CLOSE || state == DP_FLOW_TIME_WAIT;
    if (__builtin_expect(!dp_is_usable(p, real) || (closing && dp_starts_flow(packet)), false)) {
        return dp_assign_anew(p, service, packet, flow, control);
    }
    dp_flow_touch(p->flows, flow, control, packet, p->now_ms);
    return (struct dp_outcome){DP_FLOW, real};
}

#endif
