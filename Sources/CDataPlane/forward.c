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
        pending->exit = DP_FRAGMENT_UNSERVED;
    } else {
        packet->hash = dp_flow_hash(p->flows, &packet->key);
        __builtin_prefetch(dp_flow_home(p->flows, packet->hash), 1);
    }
}

static struct dp_outcome without_real(enum dp_reason reason)
{
    return (struct dp_outcome){reason, DP_NO_REAL};
}

static bool starts_flow(const struct dp_packet *packet)
{
    return packet->key.protocol == DP_UDP ||
           (packet->tcp_flags & (DP_TCP_SYN | DP_TCP_RST)) == DP_TCP_SYN;
}

static struct dp_outcome nobody_for(const struct dp_pipeline *p, const struct dp_packet *packet)
{
    enum dp_no_real_server policy = p->snapshot->no_real_server;
    if (policy == DP_NO_REAL_DROP || (packet->tcp_flags & DP_TCP_RST) != 0) {
        return without_real(DP_NO_REAL_SERVER);
    }
    bool reset = policy == DP_NO_REAL_RESET && packet->key.protocol == DP_TCP;
    return without_real(reset ? DP_RESET_NO_REAL : DP_PORT_UNREACHABLE);
}

// While the flow table has no room: the hash picks, and always the same.
static struct dp_outcome by_hash(const struct dp_pipeline *p, const struct dp_pending *pending)
{
    const struct dp_service *service = pending->service;
    for (uint32_t i = 0; i < service->real_count; i++) {
        uint64_t position = (pending->packet.hash % service->real_count + i) % service->real_count;
        uint32_t real = service->reals[position];
        if (p->snapshot->reals[real].weight > 0) {
            return (struct dp_outcome){DP_STATELESS, real};
        }
    }
    return nobody_for(p, &pending->packet);
}

static bool is_usable(const struct dp_pipeline *p, uint32_t real)
{
    return real < p->snapshot->real_end && p->snapshot->reals[real].usable;
}

// To the flow's real server, if that is there.
static struct dp_outcome follow(const struct dp_pipeline *p, uint32_t real)
{
    return (struct dp_outcome){is_usable(p, real) ? DP_FLOW : DP_REAL_DOWN, real};
}

// A first frame: the new flow's line, and the scheduler for it.
static struct dp_outcome schedule(const struct dp_pipeline *p, const struct dp_pending *pending)
{
    const struct dp_service *service = pending->service;
    const struct dp_packet *packet = &pending->packet;
    struct dp_flow *line;
    uint64_t control;
    switch (dp_flow_reserve(p->flows, packet, p->now_ms, &line, &control)) {
    case DP_FULL:
        return by_hash(p, pending);
    case DP_CONTENDED:
        return without_real(DP_FLOW_CONTENDED);
    case DP_EXISTS:
        return follow(p, dp_flow_real_of(control));
    case DP_RESERVED:
        break;
    }
    struct dp_choice choice = {.service = service,
                               .snapshot = p->snapshot,
                               .packet = packet,
                               .counts = p->flows->counts,
                               .cursor = &p->cursors[service->index],
                               .now_ms = p->now_ms};
    uint32_t real = service->scheduler->pick(&choice);
    if (real == DP_NO_REAL) {
        dp_flow_abandon(line);
        return nobody_for(p, packet);
    }
    dp_flow_commit(p->flows, line, packet, real, p->now_ms);
    dp_counter_add(&p->counters->services[service->index].connections, 1);
    dp_counter_add(&p->counters->reals[real].connections, 1);
    return (struct dp_outcome){DP_SCHEDULED, real};
}

static struct dp_outcome without_flow(const struct dp_pipeline *p, const struct dp_pending *pending)
{
    if (starts_flow(&pending->packet)) {
        return schedule(p, pending);
    }
    if (dp_flow_is_full(p->flows, p->now_ms)) {
        return by_hash(p, pending);
    }
    if (p->snapshot->no_flow == DP_NO_FLOW_DROP || (pending->packet.tcp_flags & DP_TCP_RST) != 0) {
        return without_real(DP_NO_FLOW);
    }
    return p->snapshot->no_flow == DP_NO_FLOW_SCHEDULE ? schedule(p, pending)
                                                       : without_real(DP_RESET_NO_FLOW);
}

// flow -> scheduler: which real server?
static struct dp_outcome assign(const struct dp_pipeline *p, const struct dp_pending *pending)
{
    const struct dp_packet *packet = &pending->packet;
    uint64_t control;
    struct dp_flow *flow =
        dp_flow_find(p->flows, packet, &p->snapshot->timeouts, p->now_ms, &control);
    if (flow == NULL) {
        return without_flow(p, pending);
    }
    enum dp_flow_state state = dp_flow_state_of(control);
    uint32_t real = dp_flow_real_of(control);
    bool usable = is_usable(p, real);
    // A SYN may reuse the ports of a closing connection; and no flow waits for a dead real server.
    bool closing = state == DP_FLOW_CLOSE || state == DP_FLOW_TIME_WAIT;
    bool anew = !usable || (closing && packet->key.protocol == DP_TCP);
    if (anew && starts_flow(packet) && dp_flow_remove(p->flows, flow, control)) {
        return schedule(p, pending);
    }
    if (usable) {
        dp_flow_touch(p->flows, flow, control, packet, p->now_ms);
    }
    return follow(p, real);
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

static bool is_error(enum dp_reason reason)
{
    return reason != DP_ARP_REPLY && reason != DP_ECHO_REPLY;
}

// A frame of our own in the place of the one that asked for it; returns the exit that it takes.
static enum dp_reason answer(const struct dp_pipeline *p, const struct dp_packet *packet,
                             enum dp_reason reason, struct dp_frame *frame, struct dp_transmit *out)
{
    const uint8_t *mac = p->snapshot->ingress_mac;
    if (is_error(reason)) {
        if (!dp_answer_is_allowed(frame, packet)) {
            return DP_BAD_SOURCE;
        }
        if (!dp_limiter_take(p->limiter, p->snapshot->answers_per_second, p->now_ms)) {
            return DP_RATE_LIMITED;
        }
    }
    if (reason == DP_ARP_REPLY) {
        dp_answer_arp(frame, mac);
    } else if (reason == DP_PORT_UNREACHABLE) {
        dp_answer_unreachable(frame, packet, mac);
    } else if (reason != DP_ECHO_REPLY) {
        dp_answer_reset(frame, packet, mac);
    } else if (!dp_answer_echo(frame, packet, mac)) {
        return DP_BAD_ICMP_CHECKSUM;
    }
    frame->egress = p->snapshot->ingress;
    out->frames[out->count++] = frame;
    return reason;
}

static struct dp_outcome decide(const struct dp_pipeline *p, const struct dp_pending *pending,
                                struct dp_frame *frame, struct dp_transmit *out)
{
    struct dp_outcome outcome = {pending->exit, DP_NO_REAL};
    bool for_us = pending->exit == DP_NEXT || dp_verdict_of[pending->exit] == DP_ANSWER;
    if (for_us && (frame->flags & DP_FRAME_CUT) != 0) {
        outcome.reason = DP_CUT;
    } else if (pending->exit == DP_NEXT) {
        outcome = assign(p, pending);
    }
    enum dp_verdict verdict = (enum dp_verdict)dp_verdict_of[outcome.reason];
    if (verdict == DP_TX) {
        send(p, pending, outcome.real, frame, out);
    } else if (verdict == DP_ANSWER) {
        outcome.reason = answer(p, &pending->packet, outcome.reason, frame, out);
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
