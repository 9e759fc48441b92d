// SPDX-License-Identifier: Apache-2.0
//
// The internet checksum (RFC 1071), over bytes in the frame.

#ifndef DP_CHECKSUM_H
#define DP_CHECKSUM_H

#include <stdint.h>
#include <string.h>

// Sum of 16-bit words as they stand in memory, folded, not inverted; `length` may be odd. 0xFFFF over
// bytes whose checksum field is right.
uint16_t dp_checksum_sum(const uint8_t *bytes, uint32_t length);

// The same with the pseudo-header of the IPv4 or IPv6 header at `ip` (RFC 9293 section 3.1, RFC 8200
// section 8.1): `length` bytes of `protocol` at `l4`.
uint16_t dp_checksum_sum_over_ip(const uint8_t *ip, uint8_t protocol, const uint8_t *l4,
                                 uint32_t length);

// Writes the checksum that belongs to `sum`, which was taken with the field zero.
static inline void dp_checksum_write(uint8_t *field, uint16_t sum)
{
    uint16_t inverted = (uint16_t)~sum;
    memcpy(field, &inverted, sizeof inverted);
}

#endif
