// SPDX-License-Identifier: Apache-2.0
//
// IPv6: bytes -> what it is. In: a frame with that type, all of it hostile. Out: a dp_packet, or an
// exit. The first step of a frame's life; worker thread; RFC 8200 sections 3 and 4, RFC 4302
// section 2.2. Every read is behind a comparison with the room.

#include "frame_ipv6.h"

#include "icmp.h"
#include "transport.h"
#include "wire.h"

#include <netinet/in.h>
#include <string.h>

enum {
    EXTENSION_MIN = 8,
    FRAGMENT_OFFSET = 0xFFF8, // in bytes as it stands
    FRAGMENT_MORE = 1,
};

// The bytes that the extension header at `header` takes.
static uint32_t extension_size(uint8_t number, const uint8_t *header)
{
    switch (number) {
    case IPPROTO_HOPOPTS:
    case IPPROTO_ROUTING:
    case IPPROTO_DSTOPTS:
        return (header[1] + 1u) * 8;
    case IPPROTO_AH:
        return (header[1] + 2u) * 4;
    default:
        return EXTENSION_MIN; // IPPROTO_FRAGMENT
    }
}

static bool is_extension(uint8_t number)
{
    return number == IPPROTO_HOPOPTS || number == IPPROTO_ROUTING || number == IPPROTO_DSTOPTS ||
           number == IPPROTO_AH || number == IPPROTO_FRAGMENT;
}

// False for a second one.
static bool read_fragment_header(const uint8_t *header, struct dp_ipv6_chain *chain)
{
    if (chain->has_fragment_header) {
        return false;
    }
    uint16_t field = dp_get16(header + 2);
    chain->has_fragment_header = true;
    chain->fragment_offset = field & FRAGMENT_OFFSET;
    memcpy(&chain->fragment_id, header + 4, sizeof chain->fragment_id);
    if (chain->fragment_offset != 0) {
        chain->fragment = DP_FRAGMENT_LATER;
    } else if ((field & FRAGMENT_MORE) != 0) {
        chain->fragment = DP_FRAGMENT_FIRST;
    }
    return true;
}

bool dp_ipv6_walk(const uint8_t *ip, uint32_t room, struct dp_ipv6_chain *chain)
{
    *chain = (struct dp_ipv6_chain){.end = DP_IPV6_HEADER, .protocol = ip[6]};
    for (uint32_t count = 0; count <= DP_IPV6_EXTENSIONS_MAX; count++) {
        uint8_t number = chain->protocol;
        if (!is_extension(number) || chain->fragment == DP_FRAGMENT_LATER) {
            return true;
        }
        if (room - chain->end < EXTENSION_MIN) {
            return false;
        }
        const uint8_t *header = ip + chain->end;
        uint32_t size = extension_size(number, header);
        if (size > room - chain->end || (number == IPPROTO_HOPOPTS && count > 0) ||
            (number == IPPROTO_FRAGMENT && !read_fragment_header(header, chain))) {
            return false;
        }
        chain->protocol = header[0];
        chain->end += size;
    }
    return false;
}

// Anything but TCP or UDP right behind the header at `ip`, of whose packet `room` bytes are there.
static enum dp_reason parse_other(const uint8_t *ip, uint32_t room, struct dp_packet *packet)
{
    struct dp_ipv6_chain chain;
    if (!dp_ipv6_walk(ip, room, &chain)) {
        return DP_BAD_IP_HEADER;
    }
    packet->l4_offset = (uint16_t)(DP_ETHERNET_HEADER + chain.end);
    packet->key.protocol = chain.protocol;
    packet->fragment = chain.fragment;
    packet->fragment_id = chain.fragment != DP_WHOLE ? chain.fragment_id : 0;
    if (chain.fragment == DP_FRAGMENT_LATER) {
        return dp_transport_later(chain.fragment_offset, chain.protocol);
    }
    const uint8_t *l4 = ip + chain.end;
    if (dp_has_ports(chain.protocol)) {
        return dp_transport_parse(l4, room - chain.end, packet);
    }
    return chain.protocol == DP_PROTOCOL_ICMPV6 ? dp_icmp_parse(l4, room - chain.end, packet)
                                                : DP_NEXT;
}

// A jumbogram's payload length is 0, so that its extension header goes beyond it (RFC 2675).
static enum dp_reason parse_packet(const struct dp_frame *frame, struct dp_packet *packet)
{
    const uint8_t *ip = frame->data + DP_ETHERNET_HEADER;
    uint32_t present = frame->length - DP_ETHERNET_HEADER;
    packet->key.protocol = ip[6];
    packet->ip_length = DP_IPV6_HEADER + (uint32_t)dp_get16(ip + 4);
    packet->l4_offset = DP_ETHERNET_HEADER + DP_IPV6_HEADER;
    // A mapped source is IPv4's (RFC 4291 section 2.5.5.2): on the wire it is nobody's.
    if (ip[0] >> 4 != 6 || packet->ip_length > frame->wire_length - DP_ETHERNET_HEADER ||
        dp_address_is_ipv4(&packet->key.client)) {
        return DP_BAD_IP_HEADER;
    }
    uint32_t room = packet->ip_length < present ? packet->ip_length : present;
    if (dp_has_ports(packet->key.protocol)) {
        return dp_transport_parse(ip + DP_IPV6_HEADER, room - DP_IPV6_HEADER, packet);
    }
    return parse_other(ip, room, packet);
}

enum dp_reason dp_frame_parse_ipv6(const struct dp_frame *frame, bool ours,
                                   struct dp_packet *packet)
{
    const uint8_t *ip = frame->data + DP_ETHERNET_HEADER;
    bool to_group = frame->data[0] == 0x33 && frame->data[1] == 0x33; // RFC 2464 section 7
    if (!ours && !to_group) {
        return DP_OTHER_HOST;
    }
    if (frame->length < DP_ETHERNET_HEADER + DP_IPV6_HEADER) {
        return DP_NOT_A_VIP;
    }
    memcpy(&packet->key.client, ip + DP_IPV6_SOURCE, sizeof packet->key.client);
    memcpy(&packet->key.vip, ip + DP_IPV6_DESTINATION, sizeof packet->key.vip);
    // Else it would be taken for an IPv4 VIP's.
    if (dp_address_is_ipv4(&packet->key.vip)) {
        return DP_NOT_A_VIP;
    }
    packet->flaw = (uint8_t)parse_packet(frame, packet);
    return ours || packet->kind == DP_KIND_NEIGHBOUR ? DP_NEXT : DP_OTHER_HOST;
}
