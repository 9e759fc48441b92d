// SPDX-License-Identifier: Apache-2.0
//
// Bytes -> what it is. In: a frame of a port, all of it hostile. Out: a dp_packet, or an exit.
// The first step of a frame's life; worker thread; RFC 894, RFC 791 section 3.1; IPv6 is in
// frame_ipv6.c. Every read is behind a comparison with `length`.

#include "frame.h"

#include "checksum.h"
#include "frame_ipv6.h"
#include "icmp.h"
#include "transport.h"
#include "wire.h"

#include <linux/if_ether.h>
#include <string.h>

enum {
    IPV4_HEADER_MIN = 20,
    IPV4_FRAGMENT_OFFSET = 0x1FFF,
    IPV4_MORE_FRAGMENTS = 0x2000,
};

// Whether the sum over the header, its checksum included, is what RFC 1071 says.
static inline bool header_checks_out(const uint8_t *ip, uint32_t header)
{
    if (header != IPV4_HEADER_MIN) {
        return dp_checksum_sum(ip, header) == 0xFFFF;
    }
    uint64_t first;
    uint64_t second;
    uint32_t third;
    memcpy(&first, ip, sizeof first);
    memcpy(&second, ip + 8, sizeof second);
    memcpy(&third, ip + 16, sizeof third);
    uint64_t sum = (first >> 32) + (uint32_t)first + (second >> 32) + (uint32_t)second + third;
    sum = (sum >> 32) + (uint32_t)sum;
    sum = (sum >> 16) + (sum & 0xFFFF);
    sum = (sum >> 16) + (sum & 0xFFFF);
    return (sum >> 16) + (sum & 0xFFFF) == 0xFFFF;
}

// Anything but a whole packet of TCP or UDP: `room` bytes behind the header at `ip` are in the frame.
__attribute__((noinline)) static enum dp_reason parse_other(const uint8_t *ip, const uint8_t *l4,
                                                            uint32_t room, struct dp_packet *packet)
{
    uint16_t field = dp_get16(ip + 6);
    if ((field & (IPV4_FRAGMENT_OFFSET | IPV4_MORE_FRAGMENTS)) != 0) {
        uint16_t id_be;
        memcpy(&id_be, ip + 4, sizeof id_be);
        packet->fragment_id = id_be;
        packet->fragment = DP_FRAGMENT_FIRST;
        uint32_t offset = (uint32_t)(field & IPV4_FRAGMENT_OFFSET) * 8;
        if (offset != 0) {
            packet->fragment = DP_FRAGMENT_LATER;
            return dp_transport_later(offset, packet->key.protocol);
        }
    }
    if (dp_has_ports(packet->key.protocol)) {
        return dp_transport_parse(l4, room, packet);
    }
    return packet->key.protocol == DP_PROTOCOL_ICMP ? dp_icmp_parse(l4, room, packet) : DP_NEXT;
}

static inline enum dp_reason parse_ipv4(const struct dp_frame *frame, struct dp_packet *packet)
{
    const uint8_t *ip = frame->data + DP_ETHERNET_HEADER;
    uint32_t present = frame->length - DP_ETHERNET_HEADER;
    uint32_t client_be;
    uint32_t vip_be;
    memcpy(&client_be, ip + 12, sizeof client_be);
    memcpy(&vip_be, ip + 16, sizeof vip_be);
    packet->key.client = dp_address_ipv4(client_be);
    packet->key.vip = dp_address_ipv4(vip_be);
    packet->key.protocol = ip[9];

    uint32_t header = (uint32_t)(ip[0] & 0x0F) * 4;
    packet->ip_length = dp_get16(ip + 2);
    packet->l4_offset = (uint16_t)(DP_ETHERNET_HEADER + header);
    if (ip[0] >> 4 != 4 || header < IPV4_HEADER_MIN || header > present ||
        packet->ip_length < header || packet->ip_length > frame->wire_length - DP_ETHERNET_HEADER) {
        return DP_BAD_IP_HEADER;
    }
    if (!header_checks_out(ip, header)) {
        return DP_BAD_IP_CHECKSUM;
    }
    uint32_t end = packet->ip_length < present ? packet->ip_length : present;
    const uint8_t *l4 = ip + header;
    bool whole = (dp_get16(ip + 6) & (IPV4_FRAGMENT_OFFSET | IPV4_MORE_FRAGMENTS)) == 0;
    if (whole && dp_has_ports(packet->key.protocol)) {
        return dp_transport_parse(l4, end - header, packet);
    }
    return parse_other(ip, l4, end - header, packet);
}

static bool is_broadcast(const uint8_t *mac)
{
    static const uint8_t broadcast[DP_MAC_LENGTH] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    return memcmp(mac, broadcast, DP_MAC_LENGTH) == 0;
}

enum dp_reason dp_frame_parse(const struct dp_frame *frame, const uint8_t mac[DP_MAC_LENGTH],
                              struct dp_packet *packet)
{
    if ((frame->flags & DP_FRAME_VLAN) != 0) {
        return DP_VLAN;
    }
    if (frame->length < DP_ETHERNET_HEADER) {
        return DP_OTHER_PROTOCOL;
    }
    bool ours = memcmp(frame->data, mac, DP_MAC_LENGTH) == 0;
    uint16_t ethertype = dp_get16(frame->data + 12);
    *packet = (struct dp_packet){.kind = DP_KIND_OTHER, .flaw = (uint8_t)DP_NEXT};

    switch (__builtin_expect(ethertype, ETH_P_IP)) {
    case ETH_P_IP:
        if (!ours) {
            return DP_OTHER_HOST;
        }
        if (frame->length < DP_ETHERNET_HEADER + IPV4_HEADER_MIN) {
            return DP_NOT_A_VIP;
        }
        packet->flaw = (uint8_t)parse_ipv4(frame, packet);
        return DP_NEXT;
    case ETH_P_IPV6:
        return dp_frame_parse_ipv6(frame, ours, packet);
    case ETH_P_ARP:
        packet->kind = DP_KIND_ARP;
        return ours || is_broadcast(frame->data) ? DP_NEXT : DP_OTHER_HOST;
    case ETH_P_8021Q:
    case ETH_P_8021AD:
        return DP_VLAN;
    default:
        return DP_OTHER_PROTOCOL;
    }
}
