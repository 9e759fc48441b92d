// SPDX-License-Identifier: Apache-2.0
//
// The internet checksum (RFC 1071). In: bytes that are in the frame. Out: their sum, in memory's
// order, so that nothing is swapped. Worker thread.

#include "checksum.h"

#include <arpa/inet.h>
#include <string.h>

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16 != 0) {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return (uint16_t)sum;
}

uint16_t dp_checksum_sum(const uint8_t *bytes, uint32_t length)
{
    uint64_t sum = 0;
    for (; length >= 4; length -= 4, bytes += 4) {
        uint32_t word;
        memcpy(&word, bytes, sizeof word);
        sum += word;
    }
    if (length >= 2) {
        uint16_t half;
        memcpy(&half, bytes, sizeof half);
        sum += half;
        bytes += 2;
        length -= 2;
    }
    if (length > 0) {
        sum += htons((uint16_t)(*bytes << 8));
    }
    return fold(sum);
}

// IPv4's pseudo-header has the length in 16 bits and IPv6's in 32: the sum is the same.
uint16_t dp_checksum_sum_over_ip(const uint8_t *ip, uint8_t protocol, const uint8_t *l4,
                                 uint32_t length)
{
    uint64_t sum = ip[0] >> 4 == 6 ? dp_checksum_sum(ip + 8, 32) : dp_checksum_sum(ip + 12, 8);
    sum += htons(protocol);
    sum += htonl(length);
    sum += dp_checksum_sum(l4, length);
    return fold(sum);
}
