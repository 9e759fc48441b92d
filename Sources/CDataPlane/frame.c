// SPDX-License-Identifier: Apache-2.0
//
// Bytes -> what it is. In: a frame of a port, all of it hostile. Out: a dp_packet, or an exit.
// The first step of a frame's life; worker thread; RFC 791 section 3.1, RFC 9293 section 3.1,
// RFC 768. Every read is behind a comparison with `length`.

#include "frame.h"

#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

enum {
    IPV4_HEADER_MIN = 20,
    IPV4_FRAGMENT_OFFSET = 0x1FFF,
    IPV4_MORE_FRAGMENTS = 0x2000,
    TCP_HEADER_MIN = 20,
    TCP_FLAGS_BYTE = 13,
    UDP_HEADER = 8,
    ICMP_HEADER = 8,
};

static inline uint16_t load16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

uint16_t dp_checksum_sum(const uint8_t *bytes, uint32_t length)
{
    uint64_t sum = 0;
    for (; length >= 4; length -= 4, bytes += 4) {
        uint32_t word;
        memcpy(&word, bytes, sizeof word);
        sum += word;
    }
    if (length >= 2) {
        uint16_t half;
        memcpy(&half, bytes, sizeof half);
        sum += half;
        bytes += 2;
        length -= 2;
    }
    if (length > 0) {
        sum += htons((uint16_t)(*bytes << 8));
    }
    while (sum >> 16 != 0) {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return (uint16_t)sum;
}

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

// TCP or UDP of `room` bytes at `l4`: the ports, and the flags.
static enum dp_reason parse_transport(const uint8_t *l4, uint32_t room, struct dp_packet *packet)
{
    packet->kind = DP_KIND_TRANSPORT;
    if (packet->key.protocol == IPPROTO_TCP) {
        if (room < TCP_HEADER_MIN) {
            return DP_BAD_TRANSPORT;
        }
        uint32_t header = (uint32_t)(l4[12] >> 4) * 4;
        if (header < TCP_HEADER_MIN || header > room) {
            return DP_BAD_TRANSPORT;
        }
        packet->tcp_flags = l4[TCP_FLAGS_BYTE];
    } else if (room < UDP_HEADER) {
        return DP_BAD_TRANSPORT;
    }
    memcpy(&packet->key.client_port_be, l4, sizeof(uint16_t));
    memcpy(&packet->key.service_port_be, l4 + 2, sizeof(uint16_t));
    return DP_NEXT;
}

// What follows an IPv4 header that is in order: `room` bytes of it are in the frame.
static enum dp_reason parse_payload(const uint8_t *l4, uint32_t room, uint16_t fragment_field,
                                    struct dp_packet *packet)
{
    if ((fragment_field & IPV4_FRAGMENT_OFFSET) != 0) {
        packet->fragment = DP_FRAGMENT_LATER;
        return DP_NEXT;
    }
    if ((fragment_field & IPV4_MORE_FRAGMENTS) != 0) {
        packet->fragment = DP_FRAGMENT_FIRST;
    }
    if (packet->key.protocol == IPPROTO_TCP || packet->key.protocol == IPPROTO_UDP) {
        return parse_transport(l4, room, packet);
    }
    if (packet->key.protocol == IPPROTO_ICMP) {
        packet->kind = DP_KIND_ICMP;
        return room < ICMP_HEADER ? DP_BAD_TRANSPORT : DP_NEXT;
    }
    return DP_NEXT;
}

static enum dp_reason parse_ipv4(const struct dp_frame *frame, struct dp_packet *packet)
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
    packet->ip_length = load16(ip + 2);
    packet->l4_offset = (uint16_t)(DP_ETHERNET_HEADER + header);
    if (ip[0] >> 4 != 4 || header < IPV4_HEADER_MIN || header > present ||
        packet->ip_length < header || packet->ip_length > frame->wire_length - DP_ETHERNET_HEADER) {
        return DP_BAD_IP_HEADER;
    }
    if (!header_checks_out(ip, header)) {
        return DP_BAD_IP_CHECKSUM;
    }
    uint32_t end = packet->ip_length < present ? packet->ip_length : present;
    return parse_payload(ip + header, end - header, load16(ip + 6), packet);
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
    uint16_t ethertype = load16(frame->data + 12);
    *packet = (struct dp_packet){.kind = DP_KIND_OTHER, .flaw = (uint8_t)DP_NEXT};

    switch (ethertype) {
    case ETH_P_IP:
        if (!ours) {
            return DP_OTHER_HOST;
        }
        if (frame->length < DP_ETHERNET_HEADER + IPV4_HEADER_MIN) {
            return DP_NOT_A_VIP;
        }
        packet->flaw = (uint8_t)parse_ipv4(frame, packet);
        return DP_NEXT;
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
