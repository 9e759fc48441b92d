// SPDX-License-Identifier: Apache-2.0
//
// The minimal forwarders' flow table: one line of 64 bytes a flow, found by hash and at most four
// lines further on. A flow that is not there takes the first free line, or the first of all four. It
// is as little as a balancer that keeps flows can do: no timeouts, no states, one writer.
#ifndef TRAFFIC_FLOW_LINES_H
#define TRAFFIC_FLOW_LINES_H

#include <linux/types.h>

enum {
    FLOW_LINES = 1 << 21,
    FLOW_PROBES = 4,
};

struct flow_key {
    __u64 client[2]; // IPv4: in the first word
    __u32 ports_be;  // client's, service's
    __u32 protocol;  // 0: the line is free
};

struct flow_line {
    struct flow_key key;
    __u32 real;
    __u32 reserved;
    __u64 frames;
    __u64 unused[3];
};

_Static_assert(sizeof(struct flow_line) == 64, "a cache line");

static inline __attribute__((always_inline)) __u32 flow_hash(const struct flow_key *key)
{
    __u64 hash = (key->client[0] ^ (key->client[1] * 0x9E3779B97F4A7C15ull)) + key->ports_be;
    hash *= 0xFF51AFD7ED558CCDull;
    hash ^= hash >> 33;
    hash *= 0xC4CEB9FE1A85EC53ull;
    return (__u32)(hash >> 32);
}

static inline __attribute__((always_inline)) int flow_is(const struct flow_line *line,
                                                         const struct flow_key *key)
{
    return line->key.client[0] == key->client[0] && line->key.client[1] == key->client[1] &&
           line->key.ports_be == key->ports_be && line->key.protocol == key->protocol;
}

#endif
