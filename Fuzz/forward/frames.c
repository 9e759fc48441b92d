// SPDX-License-Identifier: Apache-2.0

#include "frames.h"

#include "network.h"

#include <netinet/in.h>
#include <string.h>

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_ARP = 0x0806,
    ETHERTYPE_IPV6 = 0x86DD,
    RAW_MAX = 2048,
};

// One frame as it grows.
struct builder {
    struct built *built;
    const struct description *description;
    struct dp_ip client, vip;
    bool ipv6;
};

static void put(struct builder *b, const void *bytes, uint32_t length)
{
    if (length <= BUILT_CAPACITY - b->built->length) {
        memcpy(b->built->bytes + b->built->length, bytes, length);
        b->built->length += length;
    }
}

static void put8(struct builder *b, uint32_t value)
{
    uint8_t byte = (uint8_t)value;
    put(b, &byte, 1);
}

static void put16(struct builder *b, uint32_t value)
{
    put8(b, value >> 8);
    put8(b, value);
}

static void put32(struct builder *b, uint32_t value)
{
    put16(b, value >> 16);
    put16(b, value);
}

static void put_payload(struct builder *b)
{
    static const uint32_t large[] = {65000, 9700, 1400, 600, 601, 546};
    static const uint8_t letters[256] = "payload";
    uint32_t size = b->description->size;
    size = size < 250 ? size : large[size - 250];
    for (uint32_t left = size; left > 0;) {
        uint32_t part = left < sizeof letters ? left : sizeof letters;
        put(b, letters, part);
        left -= part;
    }
}

static uint32_t fragment_choice(const struct builder *b)
{
    return b->description->shape & 3;
}

// Offset and "more fragments" as both families have them, in units of eight bytes and in bit 0.
static uint32_t fragment_field(const struct builder *b)
{
    static const uint32_t offsets[] = {0, 0, 1, 185};
    uint32_t choice = fragment_choice(b);
    return offsets[choice] << 3 | (choice == 1 || choice == 2);
}

static uint32_t fragment_id(const struct builder *b)
{
    return 0x1000u + (b->description->shape >> 2 & 3);
}

static uint32_t level(const struct builder *b)
{
    return b->description->shape >> 4 & 3;
}

static void put_ipv4(struct builder *b, uint32_t protocol, const struct dp_ip *from,
                     const struct dp_ip *to)
{
    uint32_t field = fragment_field(b);
    put16(b, 0x4500 + (level(b) << 8));
    put16(b, 0);
    put16(b, fragment_id(b));
    put16(b, field >> 3 | (field & 1) << 13);
    put16(b, 0x4000 | protocol);
    put16(b, 0);
    put(b, from->bytes + 12, 4);
    put(b, to->bytes + 12, 4);
    for (uint32_t i = 0; i < level(b); i++) {
        put32(b, 0x01010101);
    }
}

static void put_extension(struct builder *b, uint32_t next, uint32_t units)
{
    put16(b, next << 8 | units);
    put16(b, 0x0104);
    put32(b, 0);
    for (uint32_t i = 0; i < units; i++) {
        put32(b, 0x01020000);
        put32(b, 0x01020000);
    }
}

// The numbers of the headers from IPv6's own on, the last being what it carries.
static void put_ipv6(struct builder *b, uint32_t protocol, const struct dp_ip *from,
                     const struct dp_ip *to)
{
    uint32_t chain[6];
    uint32_t count = 0;
    if (level(b) > 0) {
        chain[count++] = IPPROTO_HOPOPTS;
    }
    if (level(b) > 1) {
        chain[count++] = IPPROTO_ROUTING;
    }
    if (fragment_choice(b) != 0 || (b->description->shape & SHAPE_FRAGMENT_HEADER) != 0) {
        chain[count++] = IPPROTO_FRAGMENT;
    }
    if (level(b) > 2) {
        chain[count++] = IPPROTO_DSTOPTS;
    }
    chain[count] = protocol;
    put32(b, 6u << 28);
    put16(b, 0);
    put8(b, chain[0]);
    put8(b, 255);
    put(b, from, sizeof *from);
    put(b, to, sizeof *to);
    for (uint32_t i = 0; i < count; i++) {
        if (chain[i] == IPPROTO_FRAGMENT) {
            put16(b, chain[i + 1] << 8);
            put16(b, fragment_field(b));
            put32(b, fragment_id(b));
        } else {
            put_extension(b, chain[i + 1], i);
        }
    }
}

static void put_ip(struct builder *b, uint32_t protocol, const struct dp_ip *from,
                   const struct dp_ip *to)
{
    (b->ipv6 ? put_ipv6 : put_ipv4)(b, protocol, from, to);
}

static uint32_t client_port(const struct builder *b)
{
    return 40000u + (b->description->ports & 7);
}

static uint32_t service_port(const struct builder *b)
{
    return service_port_numbered(b->description->ports >> 3);
}

static void put_tcp(struct builder *b, uint32_t from, uint32_t to)
{
    put16(b, from);
    put16(b, to);
    put32(b, 1000);
    put32(b, 2000);
    put16(b, 0x5000 | b->description->detail);
    put16(b, 8192);
    put32(b, 0);
}

static void put_udp(struct builder *b, uint32_t from, uint32_t to)
{
    put16(b, from);
    put16(b, to);
    put16(b, 8);
    put16(b, 0);
}

static void put_transport(struct builder *b)
{
    bool tcp = b->description->kind == BUILD_TCP;
    put_ip(b, tcp ? IPPROTO_TCP : IPPROTO_UDP, &b->client, &b->vip);
    if (fragment_choice(b) < 2) {
        (tcp ? put_tcp : put_udp)(b, client_port(b), service_port(b));
    }
    put_payload(b);
}

static uint32_t icmp_protocol(const struct builder *b)
{
    return b->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
}

static void put_echo(struct builder *b)
{
    put_ip(b, icmp_protocol(b), &b->client, &b->vip);
    uint32_t asks = b->ipv6 ? 128 : 8;
    put16(b, (asks ^ b->description->detail) << 8);
    put16(b, 0);
    put32(b, 0x00070001);
    put_payload(b);
}

// An error to the VIP about what it sent to the client.
static void put_error(struct builder *b)
{
    static const uint8_t types_ipv4[] = {3, 11, 4, 5, 12, 3, 3, 0};
    static const uint8_t types_ipv6[] = {1, 2, 3, 4, 5, 127, 2, 0};
    struct description plain = *b->description;
    const struct description *whole = b->description;
    bool tcp = whole->kind == BUILD_ERROR_TCP;
    plain.shape = 0;
    b->description = &plain;
    put_ip(b, icmp_protocol(b), &b->client, &b->vip);
    put8(b, (b->ipv6 ? types_ipv6 : types_ipv4)[whole->detail & 7]);
    put8(b, whole->detail >> 3);
    put16(b, 0);
    put32(b, 1400);
    b->description = whole;
    put_ip(b, tcp ? IPPROTO_TCP : IPPROTO_UDP, &b->vip, &b->client);
    uint32_t start = b->built->length;
    (tcp ? put_tcp : put_udp)(b, service_port(b), client_port(b));
    if ((whole->shape & SHAPE_QUOTE_SHORT) != 0) {
        b->built->length = start + 8 < b->built->length ? start + 8 : b->built->length;
    } else {
        put_payload(b);
    }
}

static void put_arp(struct builder *b)
{
    const uint8_t asker[DP_MAC_LENGTH] = {2, 0, 0, 0, 1, b->description->who & 15};
    static const uint8_t nobody[DP_MAC_LENGTH];
    put32(b, 0x00010800);
    put16(b, 0x0604);
    put16(b, 1 + (b->description->detail & 3));
    put(b, asker, sizeof asker);
    put(b, b->client.bytes + 12, 4);
    put(b, nobody, sizeof nobody);
    put(b, b->vip.bytes + 12, 4);
}

static void put_solicitation(struct builder *b)
{
    struct dp_ip group = {{0xFF, 0x02, [11] = 1, 0xFF}};
    memcpy(group.bytes + 13, b->vip.bytes + 13, 3);
    bool to_vip = (b->description->detail & 1) != 0;
    put_ip(b, IPPROTO_ICMPV6, &b->client, to_vip ? &b->vip : &group);
    put32(b, 135u << 24);
    put32(b, 0);
    put(b, &b->vip, sizeof b->vip);
    for (uint32_t i = 0; i < (b->description->detail >> 1 & 3); i++) {
        const uint8_t option[8] = {1, 1, 2, 0, 0, 0, 1, b->description->who & 15};
        put(b, option, sizeof option);
    }
    put_payload(b);
}

static void put_ethernet(struct builder *b, uint32_t type)
{
    uint8_t to[DP_MAC_LENGTH];
    memcpy(to, director_mac, sizeof to);
    uint8_t care = b->description->care;
    if ((care & CARE_GROUP) != 0) {
        memset(to, b->ipv6 ? 0x33 : 0xFF, sizeof to);
    }
    to[5] ^= (care & CARE_OTHER_HOST) != 0;
    const uint8_t from[DP_MAC_LENGTH] = {2, 0, 0, 0, 1, b->description->who & 15};
    put(b, to, sizeof to);
    put(b, from, sizeof from);
    put16(b, type);
}

static void put_raw(struct builder *b, struct input *input)
{
    uint32_t length = take(input);
    length = (length << 8 | take(input)) % RAW_MAX;
    for (uint32_t i = 0; i < length && input->left > 0; i++) {
        put8(b, take(input));
    }
}

static void put_all(struct builder *b, struct input *input)
{
    uint32_t type = b->ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
    put_ethernet(b, b->description->kind == BUILD_ARP ? ETHERTYPE_ARP : type);
    switch ((enum build_kind)b->description->kind) {
    case BUILD_TCP:
    case BUILD_UDP:
        put_transport(b);
        break;
    case BUILD_ECHO:
        put_echo(b);
        break;
    case BUILD_ERROR_TCP:
    case BUILD_ERROR_UDP:
        put_error(b);
        break;
    case BUILD_ARP:
        put_arp(b);
        break;
    case BUILD_SOLICITATION:
        put_solicitation(b);
        break;
    case BUILD_OTHER:
        put_ip(b, b->description->detail, &b->client, &b->vip);
        put_payload(b);
        break;
    default:
        b->built->length = 0;
        put_raw(b, input);
    }
}

static void patch(struct built *built, uint32_t count, struct input *input)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t offset = take(input);
        uint8_t value = take(input);
        if (offset < built->length) {
            built->bytes[offset] = value;
        }
    }
}

struct description take_description(struct input *input)
{
    return (struct description){.who = take(input),
                                .ports = take(input),
                                .detail = take(input),
                                .shape = take(input),
                                .size = take(input),
                                .care = take(input),
                                .patches = take(input)};
}

void build(struct built *built, const struct description *description, struct input *input)
{
    struct builder b = {.built = built, .description = description};
    b.vip = vip_numbered(description->who >> 4);
    b.ipv6 = is_ipv6(&b.vip);
    b.client = client_numbered(description->who, b.ipv6);
    built->length = 0;
    built->vlan = (description->care & CARE_VLAN) != 0;
    put_all(&b, input);
    bool patch_last = (description->care & CARE_PATCH_LAST) != 0;
    if (!patch_last) {
        patch(built, description->patches & 15, input);
    }
    make_right(built->bytes, built->length, description->care);
    if (patch_last) {
        patch(built, description->patches & 15, input);
    }
    while ((description->care & CARE_PADDED) != 0 && built->length < 60) {
        put8(&b, 0);
    }
    built->wire_length = built->length;
    if ((description->care & CARE_CUT) != 0) {
        built->length -= built->length / 2;
    }
}
