// SPDX-License-Identifier: Apache-2.0
//
// Lengths and checksums as they should be. Written apart from the pipeline's own, which it judges.

#include "frames.h"

#include <netinet/in.h>
#include <string.h>

uint32_t plain_sum(const uint8_t *bytes, uint32_t length, uint32_t sum)
{
    for (uint32_t i = 0; i < length; i++) {
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return (sum & 0xFFFF) + (sum >> 16);
}

static void store16(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

// What lies in an IP packet: `protocol`'s header at `l4`, `length` bytes of it, `pseudo` the sum over
// the addresses.
struct content {
    uint8_t *l4;
    uint32_t length, protocol, pseudo;
};

static void make_content_right(const struct content *content, uint8_t care)
{
    uint32_t at;
    uint32_t sum = content->pseudo + content->protocol + content->length;
    switch (content->protocol) {
    case IPPROTO_TCP:
        at = 16;
        break;
    case IPPROTO_UDP:
        at = 6;
        if (content->length >= 8 && (care & CARE_LENGTHS_LEFT) == 0) {
            store16(content->l4 + 4, content->length);
        }
        break;
    case IPPROTO_ICMP:
        sum = 0;
        at = 2;
        break;
    case IPPROTO_ICMPV6:
        at = 2;
        break;
    default:
        return;
    }
    if (content->length < at + 2 || (care & CARE_CHECKSUMS_LEFT) != 0) {
        return;
    }
    store16(content->l4 + at, 0);
    store16(content->l4 + at, ~plain_sum(content->l4, content->length, plain_sum(NULL, 0, sum)));
}

static void make_ipv4_right(uint8_t *ip, uint32_t room, uint8_t care)
{
    uint32_t header = (uint32_t)(ip[0] & 15) * 4;
    if (room < 20 || header < 20 || header > room) {
        return;
    }
    if ((care & CARE_LENGTHS_LEFT) == 0) {
        store16(ip + 2, room);
    }
    if ((care & CARE_CHECKSUMS_LEFT) == 0) {
        store16(ip + 10, 0);
        store16(ip + 10, ~plain_sum(ip, header, 0));
    }
    bool later = ((ip[6] & 0x1F) | ip[7]) != 0;
    struct content content = {ip + header, room - header, ip[9], plain_sum(ip + 12, 8, 0)};
    if (!later) {
        make_content_right(&content, care);
    }
}

static void make_ipv6_right(uint8_t *ip, uint32_t room, uint8_t care)
{
    if (room < 40) {
        return;
    }
    if ((care & CARE_LENGTHS_LEFT) == 0) {
        store16(ip + 4, room - 40);
    }
    uint32_t at = 40;
    uint32_t protocol = ip[6];
    for (;;) {
        bool plain = protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
                     protocol == IPPROTO_DSTOPTS || protocol == IPPROTO_FRAGMENT;
        if (!plain) {
            break;
        }
        if (room - at < 8) {
            return;
        }
        uint32_t size = protocol == IPPROTO_FRAGMENT ? 8 : (ip[at + 1] + 1u) * 8;
        bool later = protocol == IPPROTO_FRAGMENT && (ip[at + 2] | (ip[at + 3] & 0xF8)) != 0;
        protocol = ip[at];
        if (later || size > room - at) {
            return;
        }
        at += size;
    }
    struct content content = {ip + at, room - at, protocol, plain_sum(ip + 8, 32, 0)};
    make_content_right(&content, care);
}

void make_right(uint8_t *frame, uint32_t length, uint8_t care)
{
    if (length < DP_ETHERNET_HEADER + 1) {
        return;
    }
    uint32_t room = length - DP_ETHERNET_HEADER;
    uint32_t type = (uint32_t)frame[12] << 8 | frame[13];
    if (type == 0x0800) {
        make_ipv4_right(frame + DP_ETHERNET_HEADER, room, care);
    } else if (type == 0x86DD) {
        make_ipv6_right(frame + DP_ETHERNET_HEADER, room, care);
    }
}
