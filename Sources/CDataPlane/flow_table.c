// SPDX-License-Identifier: Apache-2.0
//
// The flow table's life; its lines stand in memory of flow_file.c. Control thread.

#include "flow.h"
#include "schedulers/hash.h"

#include <errno.h>
#include <stdlib.h>

static unsigned __int128 draw(uint64_t state[2])
{
    state[0] = dp_mix(state[0]);
    state[1] = dp_mix(state[1] ^ state[0]);
    return (unsigned __int128)state[0] << 64 | state[1];
}

void dp_hash_key_draw(struct dp_hash_key *key, const uint64_t secret[2])
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
                                           struct dp_flow *lines, struct dp_error *error)
{
    *error = (struct dp_error){"make the flow table", ENOMEM};
    struct dp_flow_table *table = calloc(1, sizeof *table);
    if (table == NULL) {
        return NULL;
    }
    table->lines = lines;
    table->capacity = capacity;
    table->line_count = dp_flow_line_count(capacity);
    dp_hash_key_draw(&table->hash_key, secret);
    table->occupied =
        calloc((table->line_count + DP_FLOW_WINDOW) / 64 + 1, sizeof *table->occupied);
    table->counts = calloc(DP_REAL_CAPACITY, sizeof *table->counts);
    if (table->occupied == NULL || table->counts == NULL) {
        dp_flow_table_destroy(table);
        return NULL;
    }
    return table;
}

void dp_flow_table_destroy(struct dp_flow_table *table)
{
    if (table == NULL) {
        return;
    }
    free((void *)table->occupied);
    free(table->counts);
    free(table);
}
