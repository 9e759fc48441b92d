// SPDX-License-Identifier: Apache-2.0
//
// Numbers as they stand on the wire: in network byte order, at any address.

#ifndef DP_WIRE_H
#define DP_WIRE_H

#include <stdint.h>

static inline uint16_t dp_get16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline uint32_t dp_get32(const uint8_t *bytes)
{
    return (uint32_t)dp_get16(bytes) << 16 | dp_get16(bytes + 2);
}

static inline void dp_put16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static inline void dp_put32(uint8_t *bytes, uint32_t value)
{
    dp_put16(bytes, (uint16_t)(value >> 16));
    dp_put16(bytes + 2, (uint16_t)value);
}

#endif
