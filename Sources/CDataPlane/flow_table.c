// SPDX-License-Identifier: Apache-2.0
//
// The flow table's memory and its hash. Create and destroy on the control thread; the hash on any
// worker, once a frame. SipHash: J.-P. Aumasson, D. J. Bernstein, 2012.

#include "flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_LINE = 64 };

struct dp_flow_table *dp_flow_table_create(uint64_t capacity, const uint64_t secret[2],
                                           struct dp_error *error)
{
    error->operation = "make the flow table";
    error->code = EINVAL;
    if (capacity < DP_FLOW_CAPACITY_MIN || capacity > DP_FLOW_CAPACITY_MAX) {
        return NULL;
    }
    error->code = ENOMEM;
    struct dp_flow_table *table = calloc(1, sizeof *table);
    if (table == NULL) {
        return NULL;
    }
    // Two lines a flow: then practically every flow finds a line in its window.
    table->capacity = capacity;
    table->line_count = capacity * 2;
    memcpy(table->secret, secret, sizeof table->secret);
    uint64_t lines = table->line_count + DP_FLOW_WINDOW;
    table->memory = calloc(lines + 1, sizeof(struct dp_flow));
    table->occupied = calloc(lines / 64 + 1, sizeof *table->occupied);
    table->counts = calloc(DP_REAL_CAPACITY, sizeof *table->counts);
    if (table->memory == NULL || table->occupied == NULL || table->counts == NULL) {
        dp_flow_table_destroy(table);
        return NULL;
    }
    uintptr_t start = ((uintptr_t)table->memory + CACHE_LINE - 1) & ~(uintptr_t)(CACHE_LINE - 1);
    table->lines = (struct dp_flow *)start;
    return table;
}

void dp_flow_table_destroy(struct dp_flow_table *table)
{
    if (table == NULL) {
        return;
    }
    free(table->memory);
    free((void *)table->occupied);
    free(table->counts);
    free(table);
}

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

static inline void sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    s->v0 ^= word;
}

uint64_t dp_flow_hash(const struct dp_flow_table *table, const struct dp_flow_key *key)
{
    struct sip s = {.v0 = table->secret[0] ^ 0x736F6D6570736575u,
                    .v1 = table->secret[1] ^ 0x646F72616E646F6Du,
                    .v2 = table->secret[0] ^ 0x6C7967656E657261u,
                    .v3 = table->secret[1] ^ 0x7465646279746573u};
    uint64_t tail;
    memcpy(&tail, &key->client_port_be, sizeof tail);
    // The mapped form's first twelve bytes are the same in every IPv4 key.
    sip_word(&s, (uint64_t)key->client.quad[3] << 32 | key->vip.quad[3]);
    sip_word(&s, tail);
    s.v2 ^= 0xFF;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
