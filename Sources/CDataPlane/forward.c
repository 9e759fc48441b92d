// SPDX-License-Identifier: Apache-2.0
//
// The life of a frame. In: a batch of frames, the snapshot, the flow table, the time. Out: each
// frame's verdict and reason, and the list of frames to send. Pure: no system call, no allocation,
// no clock. Worker thread.
//
// Two turns over the batch: the first finds what each frame is and fetches its flow's line ahead,
// the second decides in order.

#include "forward.h"

#include "answer.h"
#include "rewrite.h"
#include "service.h"
#include "vip.h"

struct dp_pending {
    struct dp_packet packet;
    const struct dp_service *service;
    enum dp_reason exit; // DP_NEXT while it is for `service`
};

// frame -> vip -> service: what is it, and is it for a service?
static void look(const struct dp_pipeline *p, const struct dp_frame *frame,
                 struct dp_pending *pending)
{
    pending->service = NULL;
    pending->exit = dp_frame_parse(frame, p->snapshot->ingress_mac, &pending->packet);
    if (pending->exit != DP_NEXT) {
        return;
    }
    struct dp_packet *packet = &pending->packet;
    pending->service = dp_service_find(p->snapshot, packet);
    if (pending->service == NULL || packet->flaw != DP_NEXT) {
        pending->exit = dp_vip_classify(p->snapshot, frame, packet);
    } else if (packet->fragment != DP_WHOLE) {
        pending->exit = DP_FRAGMENT;
    } else {
        packet->hash = dp_flow_hash(p->flows, &packet->key);
        __builtin_prefetch(dp_flow_home(p->flows, packet->hash), 1);
    }
}

static bool starts_flow(const struct dp_packet *packet)
{
    return packet->key.protocol == DP_UDP ||
           (packet->tcp_flags & (DP_TCP_SYN | DP_TCP_RST)) == DP_TCP_SYN;
}

// A first frame: scheduler, and the new flow.
static struct dp_outcome schedule(const struct dp_pipeline *p, const struct dp_pending *pending)
{
    const struct dp_service *service = pending->service;
    const struct dp_packet *packet = &pending->packet;
    if (!starts_flow(packet)) {
        return (struct dp_outcome){DP_NO_FLOW, DP_NO_REAL};
    }
    struct dp_choice choice = {.service = service,
                               .snapshot = p->snapshot,
                               .packet = packet,
                               .counts = p->flows->counts,
                               .cursor = &p->cursors[service->index]};
    uint32_t real = service->scheduler->pick(&choice);
    if (real == DP_NO_REAL) {
        return (struct dp_outcome){DP_NO_REAL_SERVER, DP_NO_REAL};
    }
    if (!dp_flow_insert(p->flows, packet, real, p->now_ms)) {
        return (struct dp_outcome){DP_TABLE_FULL, DP_NO_REAL};
    }
    dp_counter_add(&p->counters->services[service->index].connections, 1);
    dp_counter_add(&p->counters->reals[real].connections, 1);
    return (struct dp_outcome){DP_SCHEDULED, real};
}

// flow -> scheduler: which real server?
static struct dp_outcome assign(const struct dp_pipeline *p, const struct dp_pending *pending)
{
    const struct dp_packet *packet = &pending->packet;
    uint64_t control;
    struct dp_flow *flow =
        dp_flow_find(p->flows, packet, &p->snapshot->timeouts, p->now_ms, &control);
    if (flow == NULL) {
        return schedule(p, pending);
    }
    enum dp_flow_state state = dp_flow_state_of(control);
    uint32_t real = dp_flow_real_of(control);
    bool usable = real < p->snapshot->real_end && p->snapshot->reals[real].usable;
    // A SYN may reuse the ports of a closing connection; and no flow waits for a dead real server.
    bool closing = state == DP_FLOW_CLOSE || state == DP_FLOW_TIME_WAIT;
    bool anew = !usable || (closing && packet->key.protocol == DP_TCP);
    if (anew && starts_flow(packet) && dp_flow_remove(p->flows, flow, control)) {
        return schedule(p, pending);
    }
    if (!usable) {
        return (struct dp_outcome){DP_REAL_DOWN, real};
    }
    dp_flow_touch(p->flows, flow, control, packet, p->now_ms);
    return (struct dp_outcome){DP_FLOW, real};
}

// rewrite: on its way to the real server.
static void send(const struct dp_pipeline *p, const struct dp_pending *pending, uint32_t index,
                 struct dp_frame *frame, struct dp_transmit *out)
{
    const struct dp_real *real = &p->snapshot->reals[index];
    dp_rewrite(frame->data, real, p->snapshot->preserve_source_mac);
    frame->egress = real->egress;
    out->frames[out->count++] = frame;

    uint64_t bytes = pending->packet.ip_length;
    struct dp_traffic_counters *service = &p->counters->services[pending->service->index];
    struct dp_traffic_counters *traffic = &p->counters->reals[index];
    dp_counter_add(&service->packets, 1);
    dp_counter_add(&service->bytes, bytes);
    dp_counter_add(&traffic->packets, 1);
    dp_counter_add(&traffic->bytes, bytes);
}

static enum dp_reason answer(const struct dp_pipeline *p, const struct dp_pending *pending,
                             struct dp_frame *frame, struct dp_transmit *out)
{
    if (pending->exit == DP_ARP_REPLY) {
        dp_answer_arp(frame, p->snapshot->ingress_mac);
    } else if (!dp_answer_echo(frame, &pending->packet, p->snapshot->ingress_mac)) {
        return DP_BAD_ICMP_CHECKSUM;
    }
    frame->egress = p->snapshot->ingress;
    out->frames[out->count++] = frame;
    return pending->exit;
}

static struct dp_outcome decide(const struct dp_pipeline *p, const struct dp_pending *pending,
                                struct dp_frame *frame, struct dp_transmit *out)
{
    struct dp_outcome outcome = {pending->exit, DP_NO_REAL};
    bool for_us = pending->exit == DP_NEXT || dp_reason_verdict(pending->exit) == DP_ANSWER;
    if (for_us && (frame->flags & DP_FRAME_CUT) != 0) {
        outcome.reason = DP_CUT;
    } else if (pending->exit == DP_NEXT) {
        outcome = assign(p, pending);
        if (dp_reason_verdict(outcome.reason) == DP_TX) {
            send(p, pending, outcome.real, frame, out);
        }
    } else if (for_us) {
        outcome.reason = answer(p, pending, frame, out);
    }
    dp_counter_add(&p->counters->exits[outcome.reason], 1);
    return outcome;
}

enum { FETCH_AHEAD = 4 };

void dp_forward(const struct dp_pipeline *pipeline, struct dp_frame *frames, uint32_t count,
                struct dp_outcome *outcomes, struct dp_transmit *out)
{
    struct dp_pending pending[DP_BATCH];
    for (uint32_t i = 0; i < count; i++) {
        if (i + FETCH_AHEAD < count) {
            __builtin_prefetch(frames[i + FETCH_AHEAD].data, 1);
        }
        look(pipeline, &frames[i], &pending[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        outcomes[i] = decide(pipeline, &pending[i], &frames[i], out);
    }
}
