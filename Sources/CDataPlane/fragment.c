// SPDX-License-Identifier: Apache-2.0
//
// A fragment without ports -> the real server of its packet's first fragment. In: fragments to a VIP,
// in any order, at any worker. Out: they go where the first went; what overtakes it is held for a
// second at most. Worker thread; RFC 791 section 3.2, RFC 8200 section 4.5.

#include "fragment.h"

#include "flow_hash.h"
#include "send.h"

#include <stdlib.h>
#include <string.h>

struct dp_hold *dp_hold_create(void)
{
    struct dp_hold *hold = calloc(1, sizeof *hold);
    if (hold == NULL) {
        return NULL;
    }
    hold->memory = calloc(DP_HOLD_CAPACITY, sizeof *hold->memory);
    if (hold->memory == NULL) {
        free(hold);
        return NULL;
    }
    for (uint32_t i = 0; i < DP_HOLD_CAPACITY; i++) {
        hold->places[i] = &hold->memory[i];
    }
    return hold;
}

void dp_hold_destroy(struct dp_hold *hold)
{
    if (hold != NULL) {
        free(hold->memory);
        free(hold);
    }
}

// Under whose key the packet's real server stands: addresses, the packet's number, and for IPv4 the
// protocol; for IPv6 a later fragment need not say it.
static struct dp_packet packet_of(const struct dp_pipeline *p, const struct dp_packet *packet)
{
    bool is_ipv4 = dp_address_is_ipv4(&packet->key.vip);
    uint32_t protocol = is_ipv4 ? packet->key.protocol : 0;
    struct dp_packet whole = {.key = {.client = packet->key.client,
                                      .vip = packet->key.vip,
                                      .protocol = protocol | DP_KEY_FRAGMENT}};
    memcpy(&whole.key.client_port_be, &packet->fragment_id, sizeof packet->fragment_id);
    whole.hash = dp_flow_hash(p->flows, &whole.key);
    return whole;
}

void dp_fragment_remember(const struct dp_pipeline *p, const struct dp_packet *packet,
                          uint32_t real)
{
    struct dp_packet whole = packet_of(p, packet);
    uint64_t control;
    struct dp_flow *flow =
        dp_flow_find(p->flows, &whole, &p->snapshot->timeouts, p->now_ms, &control);
    if (flow != NULL && dp_flow_real_of(control) == real) {
        dp_flow_touch(p->flows, flow, control, &whole, p->now_ms);
        return;
    }
    if (flow != NULL && !dp_flow_remove(p->flows, flow, control)) {
        return;
    }
    if (dp_flow_reserve(p->flows, &whole, p->now_ms, &flow, &control) == DP_RESERVED) {
        dp_flow_commit(p->flows, flow, &whole, DP_FLOW_FRAGMENT, real, 0, p->now_ms);
    }
}

// Where the packet's first fragment went; DP_NO_REAL: it did not come yet.
static uint32_t real_of(const struct dp_pipeline *p, const struct dp_packet *whole)
{
    uint64_t control;
    const struct dp_flow *flow =
        dp_flow_find(p->flows, whole, &p->snapshot->timeouts, p->now_ms, &control);
    return flow == NULL ? DP_NO_REAL : dp_flow_real_of(control);
}

static struct dp_outcome to_real(const struct dp_pipeline *p, uint32_t real)
{
    return (struct dp_outcome){dp_keeps_flows(p, real) ? DP_FRAGMENT : DP_REAL_DOWN, real};
}

// Copies the frame with what its port keeps before it.
static bool hold(struct dp_hold *places, const struct dp_packet *whole,
                 const struct dp_frame *frame, bool owned, uint64_t now_ms)
{
    if (places->count == DP_HOLD_CAPACITY || frame->length > DP_HOLD_FRAME) {
        return false;
    }
    struct dp_held *held = places->places[places->count++];
    held->frame = *frame;
    held->frame.data = held->memory + DP_HEADROOM;
    held->packet = *whole;
    held->until_ms = now_ms + DP_HOLD_MS;
    held->owned = owned;
    memcpy(held->memory, frame->data - DP_HEADROOM, DP_HEADROOM + frame->length);
    return true;
}

struct dp_outcome dp_fragment_follow(const struct dp_pipeline *p, const struct dp_packet *packet,
                                     const struct dp_frame *frame, uint32_t vip)
{
    struct dp_packet whole = packet_of(p, packet);
    whole.ip_length = packet->ip_length;
    uint32_t real = real_of(p, &whole);
    if (real != DP_NO_REAL) {
        return to_real(p, real);
    }
    bool owned = (vip & DP_VIP_OWNED) != 0;
    if (hold(p->hold, &whole, frame, owned, p->now_ms)) {
        return dp_without_real(DP_FRAGMENT_HELD);
    }
    return dp_without_real(owned ? DP_FRAGMENT_LOST : DP_HOST_FRAGMENT);
}

// What becomes of a fragment that waits; DP_NEXT: it goes on waiting.
static struct dp_outcome look_again(const struct dp_pipeline *p, const struct dp_held *held)
{
    uint32_t real = real_of(p, &held->packet);
    if (real != DP_NO_REAL) {
        return to_real(p, real);
    }
    if (p->now_ms < held->until_ms) {
        return dp_without_real(DP_NEXT);
    }
    return dp_without_real(held->owned ? DP_FRAGMENT_LOST : DP_HOST_FRAGMENT);
}

void dp_fragment_release(const struct dp_pipeline *p, struct dp_transmit *out,
                         struct dp_outcome *outcomes)
{
    struct dp_hold *places = p->hold;
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < places->count; i++) {
        struct dp_held *held = places->places[i];
        struct dp_outcome outcome = look_again(p, held);
        if (outcome.reason == DP_NEXT) {
            // Those that go on waiting move up, and the others take their places.
            places->places[i] = places->places[waiting];
            places->places[waiting++] = held;
            continue;
        }
        if (outcome.reason == DP_FRAGMENT) {
            outcomes[out->count] = outcome;
            dp_send(p, &held->packet, &p->snapshot->reals[outcome.real], &held->frame, out);
        }
        dp_counter_add(&p->counters->exits[outcome.reason], 1);
    }
    places->count = waiting;
}
