// SPDX-License-Identifier: Apache-2.0
//
// What a packet is, for the in-kernel programs: RFC 792, RFC 4443, RFC 4861.

#ifndef DP_BPF_MESSAGE_H
#define DP_BPF_MESSAGE_H

#include "parse.h"

enum { ICMP_QUOTE_AT = 8 };

// ICMP messages by protocol and type; 0 is none.
enum message {
    ECHO_REPLY = IPPROTO_ICMP << 8 | 0,
    UNREACHABLE = IPPROTO_ICMP << 8 | 3,
    SOURCE_QUENCH = IPPROTO_ICMP << 8 | 4,
    ECHO_REQUEST = IPPROTO_ICMP << 8 | 8,
    TIME_EXCEEDED = IPPROTO_ICMP << 8 | 11,
    UNREACHABLE6 = IPPROTO_ICMPV6 << 8 | 1, // the first of four errors
    PARAMETER_PROBLEM6 = IPPROTO_ICMPV6 << 8 | 4,
    ECHO_REQUEST6 = IPPROTO_ICMPV6 << 8 | 128,
    ECHO_REPLY6 = IPPROTO_ICMPV6 << 8 | 129,
    SOLICITATION6 = IPPROTO_ICMPV6 << 8 | 135,
};

static __always_inline int is_ip(FRAME *frame)
{
    __be16 ethertype = ethertype_of(frame);
    return ethertype == bpf_htons(ETH_P_IP) || ethertype == bpf_htons(ETH_P_IPV6);
}

static __always_inline int has_ports(const struct packet *packet)
{
    return (packet->protocol == IPPROTO_TCP || packet->protocol == IPPROTO_UDP) &&
           packet->piece != LATER_FRAGMENT;
}

// The ICMP message that the packet is, when it is one and whole.
static __always_inline __u32 message_of(FRAME *frame, const struct packet *packet)
{
    __u8 protocol = ethertype_of(frame) == bpf_htons(ETH_P_IPV6) ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    __u8 type = 0;
    if (packet->protocol != protocol || packet->piece != WHOLE ||
        load_bytes(frame, packet->l4_at, &type, sizeof type) != 0) {
        return 0;
    }
    return protocol << 8 | type;
}

static __always_inline int is_error(__u32 message)
{
    return message == UNREACHABLE || message == SOURCE_QUENCH || message == TIME_EXCEEDED ||
           (message >= UNREACHABLE6 && message <= PARAMETER_PROBLEM6);
}

#endif
