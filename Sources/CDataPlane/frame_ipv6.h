// SPDX-License-Identifier: Apache-2.0

#ifndef DP_FRAME_IPV6_H
#define DP_FRAME_IPV6_H

#include "frame.h"

enum {
    DP_IPV6_HEADER = 40,
    DP_IPV6_HOP_LIMIT = 7,
    DP_IPV6_SOURCE = 8,
    DP_IPV6_DESTINATION = 24,
    DP_IPV6_EXTENSIONS_MAX = 8,
};

// Where a chain of extension headers leads.
struct dp_ipv6_chain {
    uint32_t end;             // the first byte behind it, from the IPv6 header's first
    uint32_t fragment_id;     // as it stands on the wire
    uint16_t fragment_offset; // bytes
    uint8_t protocol;         // of what is behind it; of a later fragment what its header says
    uint8_t fragment;         // enum dp_fragment
    bool has_fragment_header; // also an atomic one (RFC 6946), which is of a whole packet
};

// Follows the extension headers of the IPv6 packet at `ip`, of which `room` >= DP_IPV6_HEADER bytes
// are there. False when they go beyond it, are more than DP_IPV6_EXTENSIONS_MAX, or stand where they
// must not (RFC 8200 section 4.1).
bool dp_ipv6_walk(const uint8_t *ip, uint32_t room, struct dp_ipv6_chain *chain);

// As dp_frame_parse() for a frame of type ETH_P_IPV6; `ours` when it came to our MAC address.
enum dp_reason dp_frame_parse_ipv6(const struct dp_frame *frame, bool ours,
                                   struct dp_packet *packet);

#endif
