// SPDX-License-Identifier: Apache-2.0
//
// The first frame: RFC 791, RFC 8200, RFC 768, RFC 9293; checksums by RFC 1071.

#include "template.h"

#include <string.h>

enum {
    ETHERNET = 14,
    IPV4 = 20,
    IPV6 = 40,
    UDP = 8,
    TCP = 20,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    TTL = 64,
    CLIENTS4 = 0x0A010000, // 10.1.0.0 and on
    CLIENTS6 = 0xFD010000, // the first of the address's words: fd01::/32
};

static void put16(uint8_t *at, uint32_t value)
{
    plan_store16(at, (uint16_t)value);
}

// The sum of 16-bit words, not folded; `length` is even.
static uint32_t sum_of(const uint8_t *bytes, uint32_t length)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < length; i += 2) {
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    }
    return (sum & 0xFFFF) + (sum >> 16);
}

// Without the client's address, which plan_write() adds. Returns the sum of the addresses.
static uint32_t put_ipv4(const struct template_options *options, uint8_t *ip, uint32_t length,
                         struct plan *plan)
{
    ip[0] = 0x45;
    put16(ip + 2, length - ETHERNET);
    ip[8] = TTL;
    ip[9] = options->flags != 0 ? PROTOCOL_TCP : PROTOCOL_UDP;
    memcpy(ip + 16, options->vip, 4);
    plan->header_sum = sum_of(ip, IPV4);
    plan->base = CLIENTS4;
    return sum_of(ip + 16, 4);
}

static uint32_t put_ipv6(const struct template_options *options, uint8_t *ip, uint32_t length,
                         struct plan *plan)
{
    ip[0] = 0x60;
    put16(ip + 4, length - ETHERNET - IPV6);
    ip[6] = options->flags != 0 ? PROTOCOL_TCP : PROTOCOL_UDP;
    ip[7] = TTL;
    put16(ip + 8, CLIENTS6 >> 16);
    memcpy(ip + 24, options->vip, 16);
    plan->base = 1;
    return sum_of(ip + 8, 32);
}

// Without the client's port and the flags. Returns its sum, with what the pseudo header adds beside
// addresses.
static uint32_t put_l4(const struct template_options *options, uint8_t *l4, uint32_t length)
{
    put16(l4 + 2, options->port);
    if (options->flags != 0) {
        l4[12] = TCP / 4 << 4;
        put16(l4 + 14, UINT16_MAX);
    } else {
        put16(l4 + 4, length);
    }
    uint32_t even = length & ~1u; // all behind the header is zero
    return sum_of(l4, even) + length + (options->flags != 0 ? PROTOCOL_TCP : PROTOCOL_UDP);
}

uint32_t template_make(const struct template_options *options, uint8_t *frame, struct plan *plan)
{
    uint32_t l4_at = ETHERNET + (options->is_ipv6 ? IPV6 : IPV4);
    uint32_t least = l4_at + PLAN_L4_LENGTH;
    uint32_t length = options->size < least ? least : options->size;
    memset(frame, 0, length);
    *plan = (struct plan){
        .next_ns = options->now_ns,
        .burst_ns = options->rate == 0 ? 0 : PLAN_BURST * 1000000000ull / options->rate,
        .flows = options->flows,
        .index = options->first & PLAN_INDEX_MASK,
        .is_ipv6 = options->is_ipv6,
        .port = options->port,
        .services = options->services,
        .lasting = options->lasting,
        .flags = options->flags,
        .l4_sum_at = options->flags != 0 ? PLAN_TCP_SUM : PLAN_UDP_SUM,
    };
    memcpy(plan->macs, options->macs, sizeof plan->macs);
    memcpy(frame, options->macs, sizeof options->macs);
    put16(frame + 12, options->is_ipv6 ? 0x86DD : 0x0800);
    uint32_t addresses = options->is_ipv6 ? put_ipv6(options, frame + ETHERNET, length, plan)
                                          : put_ipv4(options, frame + ETHERNET, length, plan);
    plan->l4_sum = addresses + put_l4(options, frame + l4_at, length - l4_at);
    return length;
}
