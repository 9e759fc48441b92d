// SPDX-License-Identifier: Apache-2.0
//
// The flow hash: a sum of the key's words, each times a secret number, modulo 2^128, of which the
// upper half is strongly universal (D. Lemire, O. Kaser, "Strongly universal string hashing is
// fast", 2014): whoever does not know the numbers can not choose keys that collide. The last step
// takes its linear structure away, so that neighbouring keys do not come to stand in a row. Worker
// thread, once a frame.

#ifndef DP_FLOW_HASH_H
#define DP_FLOW_HASH_H

#include "flow.h"

static inline uint64_t dp_hash_spread(uint64_t hash)
{
    return (hash ^ hash >> 32) * 0xD6E8FEB86659FD93u;
}

// For keys of IPv4, which differ in two words.
static inline uint64_t dp_flow_hash_ipv4(const struct dp_flow_table *table,
                                         const struct dp_flow_key *key)
{
    const unsigned __int128 *k = table->hash_key.ipv4;
    uint64_t tail;
    __builtin_memcpy(&tail, &key->client_port_be, sizeof tail);
    uint64_t addresses = (uint64_t)key->client.quad[3] << 32 | key->vip.quad[3];
    return dp_hash_spread((uint64_t)((k[0] + k[1] * addresses + k[2] * tail) >> 64));
}

static inline uint64_t dp_flow_hash(const struct dp_flow_table *table,
                                    const struct dp_flow_key *key)
{
    if (dp_address_is_ipv4(&key->client) && dp_address_is_ipv4(&key->vip)) {
        return dp_flow_hash_ipv4(table, key);
    }
    const unsigned __int128 *k = table->hash_key.ipv6;
    uint64_t words[5];
    __builtin_memcpy(words, key, sizeof words);
    unsigned __int128 sum = k[0];
    for (int i = 0; i < 5; i++) {
        sum += k[i + 1] * words[i];
    }
    return dp_hash_spread((uint64_t)(sum >> 64));
}

#endif
