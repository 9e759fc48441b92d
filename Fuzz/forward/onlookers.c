// SPDX-License-Identifier: Apache-2.0

#include "onlookers.h"

#include "network.h"
#include "require.h"

enum { CHOICE_SERVICE = 0x40, CHOICE_REAL = 0x80, SNAP_STEP = 32, SYN = 0x02, ACK = 0x10 };

static uint32_t snap_length(uint8_t choice)
{
    uint32_t length = DP_CAPTURE_SNAP_MIN + (choice & 0x3Fu) * SNAP_STEP;
    return length < DP_CAPTURE_SNAP_MAX ? length : DP_CAPTURE_SNAP_MAX;
}

struct dp_capture *capture_open(uint8_t choice)
{
    struct dp_error error;
    struct dp_capture_filter filter = {.by_service = (choice & CHOICE_SERVICE) != 0,
                                       .by_real = (choice & CHOICE_REAL) != 0,
                                       .service = choice & 15,
                                       .real = {{[10] = 0xFF, 0xFF, 10, 0, 0, 11}}};
    struct dp_capture *capture = dp_capture_create(&filter, snap_length(choice), &error);
    require(capture != NULL);
    return capture;
}

void capture_judge(struct dp_capture *capture, uint8_t choice, const struct arrivals *arrivals)
{
    struct dp_captured packet;
    uint32_t came = 0;
    uint32_t went = 0;
    while (dp_capture_first(capture, &packet)) {
        require(packet.length <= snap_length(choice) && packet.length <= packet.wire_length);
        require(packet.reason < DP_REASON_COUNT);
        plain_sum(packet.bytes, packet.length, 0); // they can be read
        came += !packet.sent;
        went += packet.sent;
        dp_capture_take(capture);
    }
    uint32_t sent = 0;
    for (uint32_t i = 0; i < arrivals->departure_count; i++) {
        const struct departure *departure = &arrivals->departures[i];
        sent += departure->arrival != NONE || !departure->own;
    }
    bool all = (choice & (CHOICE_SERVICE | CHOICE_REAL)) == 0;
    require(dp_capture_missed(capture) == 0);
    require(all ? came == arrivals->count && went == sent
                : came <= arrivals->count && went <= sent);
}

struct description askable(const struct description *description)
{
    bool udp = description->kind == BUILD_UDP || description->kind == BUILD_ERROR_UDP;
    uint8_t vip = (description->who >> 4 & 7) % 7; // no group
    return (struct description){.kind = udp ? BUILD_UDP : BUILD_TCP,
                                .who = (uint8_t)(vip << 4 | (description->who & 7)),
                                .ports = description->ports,
                                .detail = (description->detail & SYN) != 0 ? SYN : ACK};
}

struct dp_outcome explain(struct dp_forwarder *forwarder, const struct description *description,
                          uint64_t now_ms)
{
    static struct built built;
    struct input nothing = {NULL, 0};
    struct dp_error error;
    struct dp_explanation explanation;
    build(&built, description, &nothing);
    struct dp_frame frame = {
        .data = built.bytes, .length = built.length, .wire_length = built.wire_length};
    struct dp_packet packet;
    require(dp_frame_parse(&frame, director_mac, &packet) == DP_NEXT);
    const union dp_address *client = &packet.key.client;
    struct dp_question question = {
        .vip = vip_numbered(description->who >> 4),
        .client = client_numbered(description->who, !dp_address_is_ipv4(client)),
        .client_port = __builtin_bswap16(packet.key.client_port_be),
        .service_port = __builtin_bswap16(packet.key.service_port_be),
        .transport = (uint8_t)packet.key.protocol,
        .now_ms = now_ms};
    require(dp_explain(forwarder, &question, &explanation, &error) == 0);
    bool opens = description->kind == BUILD_UDP || description->detail == SYN;
    return opens ? explanation.opening : explanation.segment;
}

void judge_explanation(struct dp_outcome explained, struct dp_outcome outcome)
{
    bool limited =
        outcome.reason == DP_RATE_LIMITED && dp_reason_verdict(explained.reason) == DP_ANSWER;
    require(limited || explained.reason == outcome.reason);
    require(limited || explained.real == outcome.real);
}
