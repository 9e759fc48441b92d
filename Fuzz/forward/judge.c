// SPDX-License-Identifier: Apache-2.0

#include "judge.h"

#include "frame_plain.h"
#include "require.h"

#include <string.h>

enum {
    ETHERNET_ADDRESSES = 2 * DP_MAC_LENGTH, // all that forwarding may change
    HELD_MS = 1000,
};

void judge_begin(struct judge *judge, const struct dp_forwarder *forwarder)
{
    memset(judge, 0, sizeof *judge);
    judge->forwarder = forwarder;
    memory_forget();
}

static void digest(struct judge *judge, const void *bytes, size_t length)
{
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < length; i++) {
        judge->digest = (judge->digest ^ byte[i]) * 1099511628211u;
    }
}

static uint32_t type_of(const struct dp_frame *frame)
{
    return frame->length < DP_ETHERNET_HEADER ? 0
                                              : (uint32_t)frame->data[12] << 8 | frame->data[13];
}

// Where an IP packet goes to; false when the frame holds none.
static bool destination_of(const struct dp_frame *frame, struct dp_ip *destination)
{
    if (type_of(frame) == 0x0800 && frame->length >= 34) {
        *destination = (struct dp_ip){{[10] = 0xFF, 0xFF}};
        memcpy(destination->bytes + 12, frame->data + 30, 4);
        return true;
    }
    if (type_of(frame) == 0x86DD && frame->length >= 54) {
        memcpy(destination, frame->data + 38, sizeof *destination);
        return is_ipv6(destination);
    }
    return false;
}

// Whether the pipeline may take a frame from the host's stack.
static bool may_take(const struct dp_table_input *table, const struct dp_frame *frame,
                     enum dp_reason reason)
{
    if ((frame->flags & DP_FRAME_VLAN) != 0 || frame->length < DP_ETHERNET_HEADER) {
        return false;
    }
    if (reason == DP_ARP_REPLY || reason == DP_NEIGHBOUR_REPLY || reason == DP_BAD_SOLICITATION) {
        return true; // judge_answer() knows more of the first two
    }
    struct dp_ip destination;
    bool ours = memcmp(frame->data, table->ingress_mac, DP_MAC_LENGTH) == 0;
    return ours && destination_of(frame, &destination) &&
           service_of_vip(table, &destination) != NULL;
}

// The real server's own settings allow that a frame goes to it at all.
static const struct dp_real_input *require_reachable(const struct judge *judge, uint32_t index)
{
    const struct dp_real_input *real = real_in(judge->table, index);
    const struct dp_service_input *service = service_of_real(judge->table, index);
    require(real != NULL && service != NULL && real->usable && !service->waits);
    require(!real->down || service->on_down == DP_ON_DOWN_KEEP);
    return real;
}

static void require_addressed(const struct judge *judge, const struct dp_real_input *real,
                              const struct departure *sent, const uint8_t *source)
{
    const uint8_t *from = judge->table->preserve_source_mac ? source : real->egress_mac;
    require(memcmp(sent->data, real->mac, DP_MAC_LENGTH) == 0);
    require(memcmp(sent->data + DP_MAC_LENGTH, from, DP_MAC_LENGTH) == 0);
    require(sent->egress == real->egress && !sent->own);
}

static void require_unchanged(const uint8_t *was, const uint8_t *is, uint32_t length, uint32_t from)
{
    require(length <= from || memcmp(was + from, is + from, length - from) == 0);
}

// A new flow goes to a real server that takes one, of the service that has the port.
static void judge_pick(const struct judge *judge, const struct dp_packet *packet,
                       const struct dp_real_input *real)
{
    const struct dp_service_input *service = service_of_real(judge->table, real->index);
    require(!real->down);
    require(real->weight > 0 || service->persistence_s > 0);
    require(service->transport == packet->key.protocol);
    bool served = false;
    for (uint32_t i = 0; i < service->range_count; i++) {
        const struct dp_port_range *range = &judge->table->ranges[service->first_range + i];
        uint16_t port = ntohs(packet->key.service_port_be);
        served = served || (range->first <= port && port <= range->last);
    }
    require(served);
}

// Under which key the judge remembers where a fragmented packet went.
static struct dp_flow_key fragment_key(const struct dp_packet *packet)
{
    struct dp_flow_key key = {.client = packet->key.client, .vip = packet->key.vip};
    key.protocol = dp_address_is_ipv4(&key.vip) ? packet->key.protocol : 0;
    key.protocol |= DP_KEY_FRAGMENT;
    memcpy(&key.client_port_be, &packet->fragment_id, sizeof packet->fragment_id);
    return key;
}

// The same flow, the same real server.
static void judge_flow(const struct judge *judge, const struct dp_packet *packet,
                       struct dp_outcome outcome, const struct dp_real_input *real)
{
    struct dp_flow_key fragment = fragment_key(packet);
    switch (outcome.reason) {
    case DP_FLOW:
        require(memory_get(&packet->key) == outcome.real);
        break;
    case DP_SCHEDULED:
    case DP_TAKEN_OVER:
        memory_set(&packet->key, outcome.real);
        judge_pick(judge, packet, real);
        break;
    case DP_ONE_PACKET:
    case DP_STATELESS:
        judge_pick(judge, packet, real);
        break;
    case DP_FRAGMENT:
        require(memory_get(&fragment) == outcome.real);
        break;
    default:
        require(outcome.reason == DP_ICMP_ERROR);
    }
    if (packet->fragment == DP_FRAGMENT_FIRST && outcome.reason != DP_ICMP_ERROR) {
        memory_set(&fragment, outcome.real);
    }
}

// Both ways to parse say the same, of memory that ends where the frame ends.
static struct dp_packet parse(const struct judge *judge, const struct dp_frame *frame)
{
    struct dp_packet packet = {.flaw = 0};
    struct dp_packet plain = {.flaw = 0};
    uint64_t mac = 0;
    memcpy(&mac, judge->table->ingress_mac, DP_MAC_LENGTH);
    enum dp_reason reason = dp_frame_parse(frame, judge->table->ingress_mac, &packet);
    if (dp_frame_parse_plain(frame, mac, &plain)) {
        require(reason == DP_NEXT && packet.flaw == plain.flaw);
        require(memcmp(&packet.key, &plain.key, sizeof packet.key) == 0);
        require(packet.ip_length == plain.ip_length && packet.l4_offset == plain.l4_offset);
        require(packet.kind == plain.kind && packet.fragment == plain.fragment);
        require(packet.tcp_flags == plain.tcp_flags);
    }
    return packet;
}

// Of a packet that has ports: its TCP or UDP header is whole.
static void require_header(const struct dp_frame *asked, const struct dp_packet *packet)
{
    const uint8_t *l4 = asked->data + packet->l4_offset;
    uint32_t room = packet->ip_length + DP_ETHERNET_HEADER - packet->l4_offset;
    require(packet->ip_length + DP_ETHERNET_HEADER <= asked->length && room >= 8);
    uint32_t header = packet->key.protocol == DP_TCP ? (l4[12] >> 4) * 4u : 8;
    require(packet->key.protocol == DP_UDP || (header >= 20 && header <= room));
}

static void judge_forwarded(const struct judge *judge, const struct dp_frame *asked,
                            struct dp_outcome outcome, const struct departure *sent)
{
    const struct dp_real_input *real = require_reachable(judge, outcome.real);
    struct dp_ip destination;
    require(destination_of(asked, &destination));
    const struct dp_service_input *service = service_of_real(judge->table, outcome.real);
    require(memcmp(&service->vip, &destination, sizeof destination) == 0);
    require(sent->length == asked->length);
    require_unchanged(asked->data, sent->data, asked->length, ETHERNET_ADDRESSES);
    require_addressed(judge, real, sent, asked->data + DP_MAC_LENGTH);
    struct dp_packet packet = parse(judge, asked);
    if (packet.kind == DP_KIND_TRANSPORT) {
        require_header(asked, &packet);
    }
    judge_flow(judge, &packet, outcome, real);
}

static const struct departure *departure_of(const struct arrivals *arrivals, uint32_t arrival)
{
    const struct departure *found = NULL;
    for (uint32_t i = 0; i < arrivals->departure_count; i++) {
        if (arrivals->departures[i].arrival == arrival) {
            require(found == NULL); // each frame leaves once
            found = &arrivals->departures[i];
        }
    }
    return found;
}

static void begin_to_wait(struct judge *judge, const struct dp_frame *frame, uint64_t now_ms)
{
    require(judge->waiting_count < FRAMES_MAX);
    struct waiting *waiting = &judge->waiting[judge->waiting_count++];
    *waiting = (struct waiting){malloc(frame->length), frame->length, now_ms + HELD_MS};
    require(waiting->bytes != NULL);
    memcpy(waiting->bytes, frame->data, frame->length);
}

static void judge_arrival(struct judge *judge, const struct arrivals *arrivals, uint32_t index,
                          struct dp_outcome outcome)
{
    const struct arrival *arrival = &arrivals->list[index];
    const struct dp_frame *asked = &arrival->asked;
    const struct departure *sent = departure_of(arrivals, index);
    enum dp_verdict verdict = dp_reason_verdict(outcome.reason);
    bool leaves = verdict == DP_TX || verdict == DP_ANSWER;
    require((sent != NULL) == leaves);
    require(verdict == DP_PASS || may_take(judge->table, asked, outcome.reason));
    require(asked->wire_length == asked->length || (!leaves && verdict != DP_HOLD));
    judge->exits[outcome.reason]++;
    if (verdict == DP_TX) {
        judge_forwarded(judge, asked, outcome, sent);
    } else if (verdict == DP_ANSWER) {
        judge_answer(judge->table, outcome.reason, asked, sent);
    } else {
        parse(judge, asked);
        require_unchanged(asked->data, arrival->frame.data, asked->length, 0);
    }
    if (verdict == DP_HOLD) {
        begin_to_wait(judge, asked, arrivals->now_ms);
    }
    digest(judge, &outcome, sizeof outcome);
    if (sent != NULL) {
        digest(judge, sent->data, sent->length);
    }
}

static void end_to_wait(struct judge *judge, uint32_t index)
{
    free(judge->waiting[index].bytes);
    judge->waiting[index] = judge->waiting[--judge->waiting_count];
}

// A frame that had waited: it is one of those, and went where its packet's first fragment did.
static void judge_released(struct judge *judge, const struct departure *sent)
{
    uint32_t i = 0;
    while (i < judge->waiting_count &&
           (judge->waiting[i].length != sent->length ||
            memcmp(judge->waiting[i].bytes + ETHERNET_ADDRESSES, sent->data + ETHERNET_ADDRESSES,
                   sent->length - ETHERNET_ADDRESSES) != 0)) {
        i++;
    }
    require(i < judge->waiting_count);
    struct dp_frame frame = {
        .data = judge->waiting[i].bytes, .length = sent->length, .wire_length = sent->length};
    struct dp_packet packet = parse(judge, &frame);
    struct dp_flow_key key = fragment_key(&packet);
    const struct dp_real_input *real = require_reachable(judge, memory_get(&key));
    require_addressed(judge, real, sent, frame.data + DP_MAC_LENGTH);
    digest(judge, sent->data, sent->length);
    end_to_wait(judge, i);
}

void judge_batch(struct judge *judge, const struct arrivals *arrivals,
                 const struct dp_outcome *outcomes)
{
    judge->received += arrivals->count;
    for (uint32_t i = 0; i < arrivals->count; i++) {
        judge_arrival(judge, arrivals, i, outcomes[i]);
    }
    for (uint32_t i = 0; i < arrivals->departure_count; i++) {
        const struct departure *sent = &arrivals->departures[i];
        if (sent->arrival == NONE && sent->own) {
            judge_announcement(judge->table, sent);
        } else if (sent->arrival == NONE) {
            judge_released(judge, sent);
        }
    }
    for (uint32_t i = judge->waiting_count; i-- > 0;) {
        if (arrivals->now_ms >= judge->waiting[i].until_ms) {
            end_to_wait(judge, i); // it was lost
        }
    }
}
