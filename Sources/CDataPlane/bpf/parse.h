// SPDX-License-Identifier: Apache-2.0
//
// Where things stand in a frame, for the in-kernel programs; in a quoted packet too. RFC 791
// section 3.1, RFC 8200 section 4, RFC 4302 section 2.2. A read behind the frame's end fails, so
// that no length in it needs to be trusted.

#ifndef DP_BPF_PARSE_H
#define DP_BPF_PARSE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "layout.h"

// Programs over the kernel's socket buffers and programs of XDP, which define LVSDR_XDP, read frames
// by the same rules.
#ifdef LVSDR_XDP
#define FRAME struct xdp_md
#define load_bytes bpf_xdp_load_bytes
#else
#define FRAME struct __sk_buff
#define load_bytes bpf_skb_load_bytes
#endif

enum {
    IP_AT = ETH_HLEN,
    IPV4_SOURCE_AT = offsetof(struct iphdr, saddr),
    IPV4_DESTINATION_AT = offsetof(struct iphdr, daddr),
    IPV4_FRAGMENT_OFFSET = 0x1FFF,
    IPV4_MORE_FRAGMENTS = 0x2000,
    IPV6_SOURCE_AT = offsetof(struct ipv6hdr, saddr),
    IPV6_DESTINATION_AT = offsetof(struct ipv6hdr, daddr),
    IPV6_FRAGMENT_OFFSET = 0xFFF8,
    IPV6_MORE_FRAGMENTS = 0x0001,
    EXTENSION_MAX = 8, // headers a packet, as the data plane reads them
};

// Next headers that another one follows.
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, DESTINATION_OPTIONS = 60 };

enum piece { WHOLE, FIRST_FRAGMENT, LATER_FRAGMENT };

struct packet {
    __u32 l4_at;   // what the protocol is of
    __u8 protocol; // of a later fragment: not known
    __u8 piece;    // enum piece
};

// Not 0 for a mapped one, which is IPv4's: on the wire it is nobody's (RFC 4291 section 2.5.5.2).
static __always_inline int load_ipv6_address(FRAME *frame, __u32 at, struct dp_tap_vip_key *address)
{
    __be32 words[4];
    if (load_bytes(frame, at, words, sizeof words) != 0 ||
        (words[0] == 0 && words[1] == 0 && words[2] == bpf_htonl(0xFFFF))) {
        return -1;
    }
    __builtin_memcpy(address, words, sizeof words);
    return 0;
}

// The address that stands at one of two places, by the version of IP.
static __always_inline int load_address(FRAME *frame, __be16 ethertype, __u32 ipv4_at,
                                        __u32 ipv6_at, struct dp_tap_vip_key *address)
{
    if (ethertype == bpf_htons(ETH_P_IPV6)) {
        return load_ipv6_address(frame, ipv6_at, address);
    }
    __builtin_memset(address, 0, sizeof *address);
    address->address[10] = address->address[11] = 0xFF;
    return load_bytes(frame, ipv4_at, &address->address[12], 4);
}

// Where it is tagged: the tag's.
static __always_inline __be16 ethertype_of(FRAME *frame)
{
#ifdef LVSDR_XDP
    const struct ethhdr *ethernet = (void *)(long)frame->data;
    return (void *)(ethernet + 1) > (void *)(long)frame->data_end ? 0 : ethernet->h_proto;
#else
    return frame->protocol;
#endif
}

static __always_inline __u8 piece_of(__u16 offset, __u16 more)
{
    return offset != 0 ? LATER_FRAGMENT : more != 0 ? FIRST_FRAGMENT : WHOLE;
}

static __always_inline int parse_ipv4(FRAME *frame, __u32 at, struct packet *packet)
{
    struct iphdr ip;
    if (load_bytes(frame, at, &ip, sizeof ip) != 0 || ip.version != 4 || ip.ihl < 5) {
        return -1;
    }
    __u16 fragment = bpf_ntohs(ip.frag_off);
    packet->piece = piece_of(fragment & IPV4_FRAGMENT_OFFSET, fragment & IPV4_MORE_FRAGMENTS);
    packet->protocol = ip.protocol;
    packet->l4_at = at + ip.ihl * 4;
    return 0;
}

static __noinline int parse_ipv6(FRAME *frame, __u32 at, struct packet *packet)
{
    struct ipv6hdr ip;
    if (load_bytes(frame, at, &ip, sizeof ip) != 0 || ip.version != 6) {
        return -1;
    }
    __u8 next = ip.nexthdr;
    packet->piece = WHOLE;
    packet->l4_at = at + sizeof ip;
    for (int i = 0; i <= EXTENSION_MAX; i++) {
        __u8 head[4] = {0};
        packet->protocol = next;
        if (next != HOP_BY_HOP && next != ROUTING && next != FRAGMENT && next != AUTHENTICATION &&
            next != DESTINATION_OPTIONS) {
            return 0;
        }
        if (load_bytes(frame, packet->l4_at, head, sizeof head) != 0) {
            return -1;
        }
        if (next == FRAGMENT) {
            __u16 field = head[2] << 8 | head[3];
            packet->piece = piece_of(field & IPV6_FRAGMENT_OFFSET, field & IPV6_MORE_FRAGMENTS);
            if (packet->piece == LATER_FRAGMENT) {
                return 0;
            }
        }
        packet->l4_at += next == FRAGMENT         ? 8
                         : next == AUTHENTICATION ? (head[1] + 2) * 4
                                                  : (head[1] + 1) * 8;
        next = head[0];
    }
    return -1;
}

// Finds what stands behind the IP headers that begin at `at`. Not 0 for what can not be read.
static __always_inline int parse(FRAME *frame, __be16 ethertype, __u32 at, struct packet *packet)
{
    return ethertype == bpf_htons(ETH_P_IPV6) ? parse_ipv6(frame, at, packet)
                                              : parse_ipv4(frame, at, packet);
}

#endif
