// SPDX-License-Identifier: Apache-2.0
//
// The flow table's memory. Control thread.

#include "flow.h"
#include "schedulers/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_LINE = 64 };

static unsigned __int128 draw(uint64_t state[2])
{
    state[0] = dp_mix(state[0]);
    state[1] = dp_mix(state[1] ^ state[0]);
    return (unsigned __int128)state[0] << 64 | state[1];
}

// The hash's numbers follow from the two secret ones.
static void draw_hash_key(struct dp_hash_key *key, const uint64_t secret[2])
{
    uint64_t state[2] = {secret[0], secret[1]};
    for (int i = 0; i < 3; i++) {
        key->ipv4[i] = draw(state);
    }
    for (int i = 0; i < 6; i++) {
        key->ipv6[i] = draw(state);
    }
}

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
    draw_hash_key(&table->hash_key, secret);
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
