// SPDX-License-Identifier: Apache-2.0
//
// Hashes of the schedulers. All but dp_mix are the kernel's, so that a director beside it picks the
// same; none has a secret, so that two directors agree.

#ifndef DP_SCHEDULERS_HASH_H
#define DP_SCHEDULERS_HASH_H

#include "../frame.h"

#include <arpa/inet.h>

// An address as a number: IPv4 in host order, IPv6 folded by XOR of its words.
static inline uint32_t dp_hash_number(const union dp_address *address)
{
    bool is_ipv4 = dp_address_is_ipv4(address);
    return ntohl(is_ipv4
                     ? address->quad[3]
                     : address->quad[0] ^ address->quad[1] ^ address->quad[2] ^ address->quad[3]);
}

// 8 bits by the golden ratio.
static inline uint32_t dp_hash_8(uint32_t number)
{
    return (number * 0x61C88647u) >> 24;
}

// A permutation of 64-bit numbers that spreads each bit over all (splitmix64's finish).
static inline uint64_t dp_mix(uint64_t number)
{
    number += 0x9E3779B97F4A7C15u;
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9u;
    number = (number ^ number >> 27) * 0x94D049BB133111EBu;
    return number ^ number >> 31;
}

#endif
