// SPDX-License-Identifier: Apache-2.0
//
// The usual frame, told at once: to our MAC address, untagged, whole, IPv4 without options that is in
// order, TCP or UDP. All others, and those that are not in order, are dp_frame_parse()'s. Worker
// thread; RFC 791 section 3.1.

#ifndef DP_FRAME_PLAIN_H
#define DP_FRAME_PLAIN_H

#include "frame.h"

#include <arpa/inet.h>
#include <string.h>

enum {
    DP_PLAIN_IP = 20,               // bytes of the IP header
    DP_PLAIN_TCP = 20,              // of the TCP header, without options
    DP_PLAIN_UDP = 8,               // of the UDP header
    DP_PLAIN_L4 = 14 + DP_PLAIN_IP, // offset
};

static inline uint16_t dp_plain_16(const uint8_t *bytes)
{
    uint16_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static inline uint32_t dp_plain_32(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

// Whether the sum over the header, its checksum included, is what RFC 1071 says.
static inline bool dp_plain_checks_out(const uint8_t *ip)
{
    uint64_t first, second;
    memcpy(&first, ip, sizeof first);
    memcpy(&second, ip + 8, sizeof second);
    // Ones' complement by words of 64 bits: what is carried out comes in again.
    uint64_t sum;
    sum = first + (uint64_t)__builtin_add_overflow(first, second, &sum) + second;
    uint64_t whole = sum + dp_plain_32(ip + 16);
    whole += whole < sum;
    // Folding to 16 bits leaves the rest of a division by 65,535, of which 0 is also written 65,535;
    // the sum of a header, which begins with its version, is not 0.
    return whole % 0xFFFF == 0;
}

// The ports and, of TCP, the flags; false when the header is not whole. Of the frame DP_PLAIN_TCP
// bytes from `l4` on are there, of the packet `room`.
static inline bool dp_plain_transport(const uint8_t *l4, uint32_t room, struct dp_packet *packet)
{
    packet->tcp_flags = 0;
    if (packet->key.protocol == DP_TCP) {
        uint32_t header = (uint32_t)(l4[12] >> 4) * 4;
        if (header < DP_PLAIN_TCP || header > room) {
            return false;
        }
        packet->tcp_flags = l4[13];
    } else if (packet->key.protocol != DP_UDP || room < DP_PLAIN_UDP) {
        return false;
    }
    memcpy(&packet->key.client_port_be, l4, 2 * sizeof(uint16_t));
    return true;
}

// `mac` in the first six bytes. Fills `packet` when it is true.
static inline bool dp_frame_parse_plain(const struct dp_frame *frame, uint64_t mac,
                                        struct dp_packet *packet)
{
    const uint8_t *data = frame->data;
    if (frame->length < DP_PLAIN_L4 + DP_PLAIN_TCP || frame->flags != 0) {
        return false;
    }
    uint64_t start;
    uint8_t other[sizeof start] = {0};
    memcpy(&start, data, sizeof start);
    start ^= mac;
    memcpy(other, &start, DP_MAC_LENGTH);
    memcpy(&start, other, sizeof start);
    const uint8_t *ip = data + DP_ETHERNET_HEADER;
    uint32_t kind = (dp_plain_32(data + 12) ^ htonl(0x08004500)) & htonl(0xFFFFFF00);
    uint32_t fragment = dp_plain_16(ip + 6) & htons(0x3FFF);
    if ((start | kind | fragment) != 0) {
        return false;
    }
    uint32_t length = ntohs(dp_plain_16(ip + 2));
    if (length < DP_PLAIN_IP || length > frame->length - DP_ETHERNET_HEADER ||
        !dp_plain_checks_out(ip)) {
        return false;
    }
    packet->key.client = dp_address_ipv4(dp_plain_32(ip + 12));
    packet->key.vip = dp_address_ipv4(dp_plain_32(ip + 16));
    packet->key.protocol = ip[9];
    packet->ip_length = length;
    packet->l4_offset = DP_PLAIN_L4;
    packet->kind = DP_KIND_TRANSPORT;
    packet->fragment = DP_WHOLE;
    packet->flaw = (uint8_t)DP_NEXT;
    return dp_plain_transport(data + DP_PLAIN_L4, length - DP_PLAIN_IP, packet);
}

#endif
