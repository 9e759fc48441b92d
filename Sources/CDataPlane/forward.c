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
#include "assign.h"
#include "flow_hash.h"
#include "fragment.h"
#include "frame_plain.h"
#include "send.h"
#include "service.h"
#include "vip.h"

struct dp_pending {
    struct dp_packet packet;
    const struct dp_service *service; // NULL for a later fragment, which has no port
    struct dp_flow *home;             // of what is usual: where its flow is looked for first
    uint32_t vip;                     // of a later fragment: enum dp_vip_flag
    enum dp_reason exit;              // DP_NEXT while it is for a service
    bool usual;                       // a whole packet for a service, found at once
};

// A fragment without ports that could be for a service.
static bool is_later_fragment(const struct dp_packet *packet)
{
    uint32_t protocol = packet->key.protocol;
    return packet->fragment == DP_FRAGMENT_LATER && packet->flaw == DP_NEXT &&
           (protocol == DP_TCP || protocol == DP_UDP || !dp_address_is_ipv4(&packet->key.vip));
}

static bool has_ports(const struct dp_packet *packet)
{
    return packet->kind == DP_KIND_TRANSPORT || packet->kind == DP_KIND_ICMP_ERROR;
}

// look() for all that dp_frame_parse_plain() leaves over.
static void look_closely(const struct dp_pipeline *p, const struct dp_frame *frame,
                         struct dp_pending *pending)
{
    struct dp_packet *packet = &pending->packet;
    pending->service = NULL;
    pending->usual = false;
    pending->exit = dp_frame_parse(frame, p->snapshot->ingress_mac, packet);
    if (pending->exit != DP_NEXT) {
        return;
    }
    if (is_later_fragment(packet)) {
        pending->vip = dp_snapshot_find(p->snapshot, &packet->key.vip, 0, 0);
        pending->exit = pending->vip == 0 ? DP_NOT_A_VIP : DP_NEXT;
        return;
    }
    if (has_ports(packet)) {
        pending->service = dp_service_find(p->snapshot, &packet->key);
    }
    if (pending->service == NULL || packet->flaw != DP_NEXT) {
        pending->exit = dp_vip_classify(p->snapshot, frame, packet);
    } else {
        packet->hash = dp_flow_hash(p->flows, &packet->key);
        __builtin_prefetch(dp_flow_home(p->flows, packet->hash), 1);
    }
}

// frame -> vip -> service: what is it, and is it for a service?
static inline void look(const struct dp_pipeline *p, const struct dp_frame *frame,
                        struct dp_pending *pending, const struct dp_entry **last)
{
    struct dp_packet *packet = &pending->packet;
    if (__builtin_expect(!dp_frame_parse_plain(frame, p->snapshot->ingress_mac_word, packet),
                         false)) {
        look_closely(p, frame, pending);
        return;
    }
    pending->service = dp_service_find_next(p->snapshot, &packet->key, last);
    pending->usual = pending->service != NULL;
    if (!pending->usual) {
        pending->exit = dp_vip_classify(p->snapshot, frame, packet);
        return;
    }
    pending->exit = DP_NEXT;
    packet->hash = dp_flow_hash_ipv4(p->flows, &packet->key);
    pending->home = dp_flow_home(p->flows, packet->hash);
    __builtin_prefetch(pending->home, 1);
}

static bool is_error(enum dp_reason reason)
{
    return reason != DP_ARP_REPLY && reason != DP_NEIGHBOUR_REPLY && reason != DP_ECHO_REPLY;
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
    } else if (reason == DP_NEIGHBOUR_REPLY) {
        dp_answer_neighbour(frame, packet, mac);
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

// A packet that is not a whole one with the ports of a service, or has not come whole.
static struct dp_outcome decide_closely(const struct dp_pipeline *p,
                                        const struct dp_pending *pending,
                                        const struct dp_frame *frame)
{
    const struct dp_packet *packet = &pending->packet;
    bool for_us = pending->exit == DP_NEXT || dp_verdict_of[pending->exit] == DP_ANSWER;
    if (for_us && (frame->flags & DP_FRAME_CUT) != 0) {
        return dp_without_real(DP_CUT);
    }
    if (pending->exit != DP_NEXT) {
        return dp_without_real(pending->exit);
    }
    if (pending->service == NULL) {
        return dp_fragment_follow(p, packet, frame, pending->vip);
    }
    if (packet->kind == DP_KIND_ICMP_ERROR) {
        return dp_icmp_checks_out(frame, packet) ? dp_assign_error(p, pending->service, packet)
                                                 : dp_without_real(DP_BAD_ICMP_CHECKSUM);
    }
    struct dp_outcome outcome = dp_assign(p, pending->service, packet);
    if (packet->fragment == DP_FRAGMENT_FIRST && dp_verdict_of[outcome.reason] == DP_TX) {
        dp_fragment_remember(p, packet, outcome.real);
    }
    return outcome;
}

// decide() for all that dp_assign_usual() leaves over.
static struct dp_outcome decide_and_count(const struct dp_pipeline *p,
                                          const struct dp_pending *pending, struct dp_frame *frame,
                                          struct dp_transmit *out)
{
    const struct dp_packet *packet = &pending->packet;
    struct dp_outcome outcome = decide_closely(p, pending, frame);
    enum dp_verdict verdict = (enum dp_verdict)dp_verdict_of[outcome.reason];
    if (verdict == DP_TX) {
        dp_send(p, packet, &p->snapshot->reals[outcome.real], frame, out);
    } else if (verdict == DP_ANSWER) {
        outcome.reason = answer(p, packet, outcome.reason, frame, out);
    }
    dp_counter_add(&p->counters->exits[outcome.reason], 1);
    return outcome;
}

static inline struct dp_outcome decide(const struct dp_pipeline *p,
                                       const struct dp_pending *pending, struct dp_frame *frame,
                                       struct dp_transmit *out, uint64_t *known)
{
    const struct dp_real *real =
        pending->usual ? dp_assign_usual(p, &pending->packet, pending->home) : NULL;
    if (__builtin_expect(real == NULL, false)) {
        return decide_and_count(p, pending, frame, out);
    }
    dp_send(p, &pending->packet, real, frame, out);
    *known += 1;
    return (struct dp_outcome){DP_FLOW, (uint32_t)(real - p->snapshot->reals)};
}

void dp_forward(const struct dp_pipeline *pipeline, struct dp_frame *frames, uint32_t count,
                struct dp_outcome *outcomes, struct dp_transmit *out)
{
    struct dp_pending pending[DP_BATCH];
    const struct dp_entry *last = &pipeline->snapshot->entries[0];
    for (uint32_t i = 0; i < count; i++) {
        __builtin_prefetch(frames[i].data, 1);
    }
    for (uint32_t i = 0; i < count; i++) {
        look(pipeline, &frames[i], &pending[i], &last);
    }
    uint64_t known = 0;
    for (uint32_t i = 0; i < count; i++) {
        outcomes[i] = decide(pipeline, &pending[i], &frames[i], out, &known);
    }
    dp_counter_add(&pipeline->counters->exits[DP_FLOW], known);
}
