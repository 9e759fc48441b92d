// SPDX-License-Identifier: Apache-2.0
//
// IPv6's neighbours: solicitations in, advertisements out (RFC 4861 sections 4.3, 4.4, 7.1.1, 7.2.4,
// 7.2.6). What a solicitation says is hostile; an answer is written once it has checked out. Worker
// thread.

#include "neighbour.h"

#include "answer.h"
#include "checksum.h"
#include "frame_ipv6.h"
#include "icmp.h"
#include "wire.h"

#include <linux/if_ether.h>
#include <string.h>

enum {
    HOP_LIMIT = 255, // of a neighbour: no router has passed it on
    ASKED_AT = 8,    // in solicitation and advertisement
    OPTIONS_AT = 24,
    OPTION_UNIT = 8,
    OPTION_ASKER_MAC = 1,
    OPTION_ASKED_MAC = 2,
    FLAG_SOLICITED = 0x40,
    FLAG_OVERRIDE = 0x20,
    MESSAGE = OPTIONS_AT + OPTION_UNIT, // an advertisement with our MAC address
};
_Static_assert(DP_ETHERNET_HEADER + DP_IPV6_HEADER + MESSAGE == DP_ADVERTISEMENT_FRAME,
               "an option");
_Static_assert(OPTION_UNIT <= DP_TAILROOM, "the option fits behind a solicitation without one");

// The bytes of the message that are there.
static uint32_t message_length(const struct dp_frame *frame, const struct dp_packet *packet)
{
    uint32_t end = DP_ETHERNET_HEADER + packet->ip_length;
    return (end < frame->length ? end : frame->length) - packet->l4_offset;
}

static bool is_multicast(const uint8_t *address)
{
    return address[0] == 0xFF;
}

static bool is_unspecified(const union dp_address *address)
{
    return address->word[0] == 0 && address->word[1] == 0;
}

static bool is_station(const uint8_t *mac)
{
    static const uint8_t none[DP_MAC_LENGTH];
    return (mac[0] & 1) == 0 && memcmp(mac, none, sizeof none) != 0;
}

union dp_address dp_solicitation_asks(const struct dp_frame *frame, const struct dp_packet *packet)
{
    union dp_address asked = packet->key.vip;
    if (message_length(frame, packet) >= OPTIONS_AT) {
        memcpy(&asked, frame->data + packet->l4_offset + ASKED_AT, sizeof asked);
    }
    return asked;
}

// False when a length of `room` bytes of options is not in order. `source`: the asker's MAC address
// in them, or NULL.
static bool read_options(const uint8_t *options, uint32_t room, const uint8_t **source)
{
    *source = NULL;
    while (room > 0) {
        if (room < OPTION_UNIT || options[1] == 0 || options[1] * OPTION_UNIT > room) {
            return false;
        }
        if (options[0] == OPTION_ASKER_MAC) {
            if (options[1] != 1 || !is_station(options + 2)) {
                return false;
            }
            *source = options + 2;
        }
        room -= options[1] * (uint32_t)OPTION_UNIT;
        options += options[1] * OPTION_UNIT;
    }
    return true;
}

// RFC 4291 section 2.7.1: ff02::1:ff and the last three bytes of what is asked for.
static bool is_solicited_group(const union dp_address *group)
{
    static const uint8_t prefix[13] = {0xFF, 0x02, [11] = 0x01, [12] = 0xFF};
    return memcmp(group, prefix, sizeof prefix) == 0;
}

bool dp_solicitation_checks_out(const struct dp_frame *frame, const struct dp_packet *packet)
{
    const uint8_t *ip = frame->data + DP_ETHERNET_HEADER;
    const uint8_t *icmp = frame->data + packet->l4_offset;
    uint32_t length = message_length(frame, packet);
    struct dp_ipv6_chain chain;
    const uint8_t *source;
    if (!dp_ipv6_walk(ip, frame->length - DP_ETHERNET_HEADER, &chain) ||
        chain.has_fragment_header || ip[DP_IPV6_HOP_LIMIT] != HOP_LIMIT || length < OPTIONS_AT ||
        icmp[1] != 0 || is_multicast(icmp + ASKED_AT) || !is_station(frame->data + ETH_ALEN) ||
        !read_options(icmp + OPTIONS_AT, length - OPTIONS_AT, &source) ||
        !dp_icmp_checks_out(frame, packet)) {
        return false;
    }
    if (is_unspecified(&packet->key.client)) {
        return source == NULL && is_solicited_group(&packet->key.vip);
    }
    return !is_multicast(packet->key.client.bytes);
}

struct advertisement {
    union dp_address vip;
    const uint8_t *mac;        // where it is
    union dp_address receiver; // to whom this is told
    const uint8_t *station;    // at which MAC address
    uint8_t flags;
};

static void write_advertisement(uint8_t *frame, const struct advertisement *what)
{
    uint8_t *ip = frame + DP_ETHERNET_HEADER;
    uint8_t *icmp = ip + DP_IPV6_HEADER;
    memcpy(frame, what->station, DP_MAC_LENGTH);
    memcpy(frame + DP_MAC_LENGTH, what->mac, DP_MAC_LENGTH);
    dp_put16(frame + 12, ETH_P_IPV6);
    dp_put32(ip, 6u << 28);
    dp_put16(ip + 4, MESSAGE);
    ip[6] = DP_PROTOCOL_ICMPV6;
    ip[DP_IPV6_HOP_LIMIT] = HOP_LIMIT;
    memcpy(ip + DP_IPV6_SOURCE, &what->vip, sizeof what->vip);
    memcpy(ip + DP_IPV6_DESTINATION, &what->receiver, sizeof what->receiver);
    memset(icmp, 0, MESSAGE);
    icmp[0] = DP_ICMPV6_ADVERTISEMENT;
    icmp[4] = what->flags;
    memcpy(icmp + ASKED_AT, &what->vip, sizeof what->vip);
    icmp[OPTIONS_AT] = OPTION_ASKED_MAC;
    icmp[OPTIONS_AT + 1] = 1;
    memcpy(icmp + OPTIONS_AT + 2, what->mac, DP_MAC_LENGTH);
    dp_checksum_write(icmp + 2, dp_checksum_sum_over_ip(ip, DP_PROTOCOL_ICMPV6, icmp, MESSAGE));
}

static const union dp_address all_hosts = {.bytes = {0xFF, 0x02, [15] = 0x01}};
static const uint8_t all_stations[DP_MAC_LENGTH] = {0x33, 0x33, 0, 0, 0, 0x01};

void dp_announce_neighbour(uint8_t *frame, const union dp_address *vip,
                           const uint8_t mac[DP_MAC_LENGTH])
{
    struct advertisement what = {.vip = *vip,
                                 .mac = mac,
                                 .receiver = all_hosts,
                                 .station = all_stations,
                                 .flags = FLAG_OVERRIDE};
    write_advertisement(frame, &what);
}

void dp_answer_neighbour(struct dp_frame *frame, const struct dp_packet *packet,
                         const uint8_t mac[DP_MAC_LENGTH])
{
    const uint8_t *options = frame->data + packet->l4_offset + OPTIONS_AT;
    const uint8_t *source;
    bool told = read_options(options, message_length(frame, packet) - OPTIONS_AT, &source);
    uint8_t station[DP_MAC_LENGTH];
    memcpy(station, told && source != NULL ? source : frame->data + DP_MAC_LENGTH, sizeof station);
    struct advertisement what = {.vip = dp_solicitation_asks(frame, packet),
                                 .mac = mac,
                                 .receiver = packet->key.client,
                                 .station = station,
                                 .flags = FLAG_SOLICITED | FLAG_OVERRIDE};
    if (is_unspecified(&what.receiver)) {
        what.receiver = all_hosts;
        what.station = all_stations;
        what.flags = FLAG_OVERRIDE;
    }
    write_advertisement(frame->data, &what);
    frame->length = frame->wire_length = DP_ADVERTISEMENT_FRAME;
    frame->flags |= DP_FRAME_OWN;
}
