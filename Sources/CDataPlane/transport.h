// SPDX-License-Identifier: Apache-2.0
//
// TCP and UDP headers, the same behind both families' IP headers (RFC 9293 section 3.1, RFC 768).

#ifndef DP_TRANSPORT_H
#define DP_TRANSPORT_H

#include "frame.h"

static inline bool dp_has_ports(uint32_t protocol)
{
    return protocol == DP_TCP || protocol == DP_UDP;
}

// TCP or UDP, as the packet's key says, of `room` bytes at `l4`: the ports, and the flags.
__attribute__((always_inline)) static inline enum dp_reason dp_transport_parse(
    const uint8_t *l4, uint32_t room, struct dp_packet *packet)
{
    enum { TCP_HEADER_MIN = 20, TCP_OFFSET_BYTE = 12, TCP_FLAGS_BYTE = 13, UDP_HEADER = 8 };
    packet->kind = DP_KIND_TRANSPORT;
    if (packet->key.protocol == DP_TCP) {
        if (room < TCP_HEADER_MIN) {
            return DP_BAD_TRANSPORT;
        }
        uint32_t header = (uint32_t)(l4[TCP_OFFSET_BYTE] >> 4) * 4;
        if (header < TCP_HEADER_MIN || header > room) {
            return DP_BAD_TRANSPORT;
        }
        packet->tcp_flags = l4[TCP_FLAGS_BYTE];
    } else if (room < UDP_HEADER) {
        return DP_BAD_TRANSPORT;
    }
    __builtin_memcpy(&packet->key.client_port_be, l4, sizeof(uint16_t));
    __builtin_memcpy(&packet->key.service_port_be, l4 + 2, sizeof(uint16_t));
    return DP_NEXT;
}

// A later fragment that begins `offset` bytes into its datagram: it must not replace the flags of a
// TCP header that was looked at (RFC 3128 section 3).
static inline enum dp_reason dp_transport_later(uint32_t offset, uint32_t protocol)
{
    enum { FLAGS_AND_MORE = 8 };
    return offset == FLAGS_AND_MORE && protocol == DP_TCP ? DP_BAD_TRANSPORT : DP_NEXT;
}

#endif
