// SPDX-License-Identifier: Apache-2.0
//
// ICMP (RFC 792) and ICMPv6 (RFC 4443), as far as they concern a VIP.

#ifndef DP_ICMP_H
#define DP_ICMP_H

#include "frame.h"

enum {
    DP_ICMP_HEADER = 8,
    DP_PROTOCOL_ICMP = 1,
    DP_PROTOCOL_ICMPV6 = 58,
};

enum dp_icmp_type {
    DP_ICMP_ECHO_REPLY = 0,
    DP_ICMP_UNREACHABLE = 3,
    DP_ICMP_SOURCE_QUENCH = 4,
    DP_ICMP_ECHO = 8,
    DP_ICMP_TIME_EXCEEDED = 11,
    DP_ICMPV6_UNREACHABLE = 1,
    DP_ICMPV6_PARAMETER_PROBLEM = 4, // those between are packet too big and time exceeded
    DP_ICMPV6_ECHO = 128,
    DP_ICMPV6_ECHO_REPLY = 129,
    DP_ICMPV6_SOLICITATION = 135,
    DP_ICMPV6_ADVERTISEMENT = 136,
};

enum dp_icmp_code { DP_ICMP_PORT = 3, DP_ICMPV6_PORT = 4 }; // of an unreachable

// ICMP or ICMPv6, as the packet's key says, of `room` bytes at `icmp`: its kind, and of an error that
// quotes a packet of TCP or UDP the key of the flow that it is about.
enum dp_reason dp_icmp_parse(const uint8_t *icmp, uint32_t room, struct dp_packet *packet);

// Whether a packet of DP_KIND_ICMP asks for an echo.
bool dp_icmp_is_echo(const struct dp_frame *frame, const struct dp_packet *packet);

#endif
