// SPDX-License-Identifier: Apache-2.0
//
// What an ICMP message says. In: its bytes, behind an IP header that is in order. Out: the packet's
// kind; for an error the flow whose packet it quotes. A router quotes what the VIP sent to the
// client: source and destination are the other way round than in the client's packets. RFC 792,
// RFC 4443 sections 2 and 3. Worker thread; every read is behind a comparison with the room.

#include "icmp.h"

#include "checksum.h"
#include "frame_ipv6.h"
#include "transport.h"
#include "wire.h"

#include <string.h>

enum {
    IPV4_HEADER_MIN = 20,
    IPV4_FRAGMENT_OFFSET = 0x1FFF,
    PORTS = 4,
};

// A quoted packet: who it went to, and its ports (PORTS bytes are there).
struct quoted {
    union dp_address client;
    const uint8_t *ports;
    uint8_t protocol;
};

static bool find_ipv4(const uint8_t *ip, uint32_t room, const union dp_address *vip,
                      struct quoted *quoted)
{
    if (room < IPV4_HEADER_MIN || ip[0] >> 4 != 4) {
        return false;
    }
    uint32_t header = (uint32_t)(ip[0] & 0x0F) * 4;
    bool is_later = (dp_get16(ip + 6) & IPV4_FRAGMENT_OFFSET) != 0;
    if (header < IPV4_HEADER_MIN || room < header + PORTS || is_later ||
        memcmp(ip + 12, &vip->quad[3], sizeof vip->quad[3]) != 0) {
        return false;
    }
    uint32_t client_be;
    memcpy(&client_be, ip + 16, sizeof client_be);
    *quoted = (struct quoted){dp_address_ipv4(client_be), ip + header, ip[9]};
    return true;
}

static bool find_ipv6(const uint8_t *ip, uint32_t room, const union dp_address *vip,
                      struct quoted *quoted)
{
    struct dp_ipv6_chain chain;
    if (room < DP_IPV6_HEADER || ip[0] >> 4 != 6 ||
        memcmp(ip + DP_IPV6_SOURCE, vip, sizeof *vip) != 0 || !dp_ipv6_walk(ip, room, &chain) ||
        chain.fragment == DP_FRAGMENT_LATER || room < chain.end + PORTS) {
        return false;
    }
    memcpy(&quoted->client, ip + DP_IPV6_DESTINATION, sizeof quoted->client);
    quoted->ports = ip + chain.end;
    quoted->protocol = chain.protocol;
    return true;
}

// RFC 792's redirects and parameter problems are no matter of a flow's: IPVS leaves them too.
static bool is_error(uint32_t protocol, uint8_t type)
{
    if (protocol == DP_PROTOCOL_ICMPV6) {
        return type >= DP_ICMPV6_UNREACHABLE && type <= DP_ICMPV6_PARAMETER_PROBLEM;
    }
    return type == DP_ICMP_UNREACHABLE || type == DP_ICMP_SOURCE_QUENCH ||
           type == DP_ICMP_TIME_EXCEEDED;
}

static void parse_error(const uint8_t *quote, uint32_t room, struct dp_packet *packet)
{
    struct quoted quoted;
    bool found = packet->key.protocol == DP_PROTOCOL_ICMPV6
                     ? find_ipv6(quote, room, &packet->key.vip, &quoted)
                     : find_ipv4(quote, room, &packet->key.vip, &quoted);
    if (!found || !dp_has_ports(quoted.protocol)) {
        return;
    }
    packet->kind = DP_KIND_ICMP_ERROR;
    packet->key.client = quoted.client;
    packet->key.protocol = quoted.protocol;
    memcpy(&packet->key.service_port_be, quoted.ports, sizeof(uint16_t));
    memcpy(&packet->key.client_port_be, quoted.ports + 2, sizeof(uint16_t));
}

enum dp_reason dp_icmp_parse(const uint8_t *icmp, uint32_t room, struct dp_packet *packet)
{
    packet->kind = DP_KIND_ICMP;
    if (room < DP_ICMP_HEADER) {
        return DP_BAD_TRANSPORT;
    }
    if (packet->key.protocol == DP_PROTOCOL_ICMPV6 && icmp[0] == DP_ICMPV6_SOLICITATION) {
        packet->kind = DP_KIND_NEIGHBOUR;
    } else if (packet->fragment == DP_WHOLE && is_error(packet->key.protocol, icmp[0])) {
        parse_error(icmp + DP_ICMP_HEADER, room - DP_ICMP_HEADER, packet);
    }
    return DP_NEXT;
}

bool dp_icmp_is_echo(const struct dp_frame *frame, const struct dp_packet *packet)
{
    uint8_t asks = packet->key.protocol == DP_PROTOCOL_ICMPV6 ? DP_ICMPV6_ECHO : DP_ICMP_ECHO;
    return packet->kind == DP_KIND_ICMP && frame->data[packet->l4_offset] == asks;
}

bool dp_icmp_checks_out(const struct dp_frame *frame, const struct dp_packet *packet)
{
    const uint8_t *ip = frame->data + DP_ETHERNET_HEADER;
    const uint8_t *icmp = frame->data + packet->l4_offset;
    if (packet->ip_length > frame->length - DP_ETHERNET_HEADER) {
        return false;
    }
    uint32_t length = packet->ip_length - (packet->l4_offset - DP_ETHERNET_HEADER);
    uint16_t sum = ip[0] >> 4 == 6 ? dp_checksum_sum_over_ip(ip, DP_PROTOCOL_ICMPV6, icmp, length)
                                   : dp_checksum_sum(icmp, length);
    return sum == 0xFFFF;
}
