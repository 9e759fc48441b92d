// SPDX-License-Identifier: Apache-2.0
//
// Which real server? A packet of a service -> an outcome with a real server, or the exit that it
// takes. Worker thread.

#ifndef DP_ASSIGN_H
#define DP_ASSIGN_H

#include "pipeline.h"

// Any packet of a service.
struct dp_outcome dp_assign(const struct dp_pipeline *p, const struct dp_service *service,
                            const struct dp_packet *packet);
// A flow that the XDP program has begun: it has sent the packet, of which key, hash and flags are known,
// to the real server. Returns the exit that it counts for: DP_SCHEDULED, or DP_FLOW where there was one
// already, or DP_STATELESS where there can be none.
enum dp_reason dp_assign_opened(const struct dp_pipeline *p, const struct dp_service *service,
                                const struct dp_packet *packet, uint32_t real);
// Under whose key the template of the packet's client stands: (network, VIP, the service's first port).
struct dp_packet dp_template_of(const struct dp_flow_table *flows, const struct dp_service *service,
                                const struct dp_packet *packet);
// An ICMP error that quotes a packet of the service: to the real server that sent that.
struct dp_outcome dp_assign_error(const struct dp_pipeline *p, const struct dp_service *service,
                                  const struct dp_packet *packet);

// The usual packet, told at once: its flow stands where it is looked for first, goes on in its state,
// and its real server is up. `flow`: its home line. Returns that real server; NULL: it is for
// dp_assign().
static inline const struct dp_real *dp_assign_usual(const struct dp_pipeline *p,
                                                    const struct dp_packet *packet,
                                                    struct dp_flow *flow)
{
    uint64_t control;
    if (!dp_flow_has_key(flow, packet, &control)) {
        return NULL;
    }
    uint32_t index = dp_flow_real_of(control);
    enum dp_flow_state state = dp_flow_state_of(control);
    const struct dp_real *real = &p->snapshot->reals[index];
    // No packet leaves a line that is not live in its state.
    if (real->usable == 0 || dp_flow_state_after(state, packet) != state) {
        return NULL;
    }
    uint32_t now = (uint32_t)p->now_ms;
    uint32_t seen = atomic_load_explicit(&flow->last_seen_ms, memory_order_relaxed);
    if (seen != now) {
        if (dp_flow_is_expired(flow, control, &p->snapshot->timeouts, p->now_ms)) {
            return NULL;
        }
        atomic_store_explicit(&flow->last_seen_ms, now, memory_order_relaxed);
    }
    return real;
}

#endif
