// SPDX-License-Identifier: Apache-2.0
//
// The slot tables of a snapshot, shared between services and publications. In: claims, a rule. Out:
// an immutable table. Control thread, which alone counts references: a worker reads a table only by
// way of a snapshot, and a snapshot lets its tables go when nobody reads it any more.

#include "slot_table.h"

#include "schedulers/hash.h"

#include <stdlib.h>
#include <string.h>

bool dp_slot_tables_create(struct dp_slot_tables *set, uint32_t capacity)
{
    uint32_t size = 2;
    while (size < 2 * (uint64_t)capacity) {
        size *= 2;
    }
    set->mask = size - 1;
    set->tables = calloc(size, sizeof(struct dp_slot_table *));
    return set->tables != NULL;
}

static void let_go(struct dp_slot_table *table)
{
    if (table != NULL && --table->references == 0) {
        free(table->claims);
        free(table);
    }
}

void dp_slot_tables_destroy(struct dp_slot_tables *set)
{
    for (uint32_t i = 0; set->tables != NULL && i <= set->mask; i++) {
        let_go(set->tables[i]);
    }
    free(set->tables);
}

static uint64_t hash_of(const struct dp_claim *claims, uint32_t count)
{
    uint64_t hash = count;
    for (uint32_t i = 0; i < count; i++) {
        hash = dp_mix(hash ^ claims[i].identity);
        hash = dp_mix(hash ^ claims[i].share);
    }
    return hash;
}

// Where the table stands, or the free place for it.
static struct dp_slot_table **place_of(const struct dp_slot_tables *set,
                                       const struct dp_slot_rule *rule, uint64_t hash,
                                       const struct dp_claim *claims, uint32_t count)
{
    for (uint32_t i = (uint32_t)hash & set->mask;; i = (i + 1) & set->mask) {
        const struct dp_slot_table *table = set->tables[i];
        if (table == NULL ||
            (table->hash == hash && table->rule == rule && table->claim_count == count &&
             memcmp(table->claims, claims, count * sizeof *claims) == 0)) {
            return &set->tables[i];
        }
    }
}

static bool fill(struct dp_slot_table *table)
{
    memset(table->positions, 0xFF, table->rule->slot_count * sizeof *table->positions);
    bool wanted = false;
    uint32_t count = table->claim_count < DP_SLOT_EMPTY ? table->claim_count : DP_SLOT_EMPTY;
    for (uint32_t i = 0; i < count; i++) {
        wanted = wanted || table->claims[i].share > 0;
    }
    if (!wanted) {
        return true;
    }
    struct dp_claimant *claimants = calloc(count, sizeof *claimants);
    if (claimants == NULL) {
        return false;
    }
    table->rule->fill(table->positions, table->claims, claimants, count);
    free(claimants);
    return true;
}

const struct dp_slot_table *dp_slot_tables_get(struct dp_slot_tables *set,
                                               const struct dp_slot_tables *previous,
                                               const struct dp_slot_rule *rule,
                                               struct dp_claim *claims, uint32_t count)
{
    uint64_t hash = hash_of(claims, count);
    struct dp_slot_table **place = place_of(set, rule, hash, claims, count);
    struct dp_slot_table *table = *place;
    if (table == NULL && previous != NULL) {
        table = *place_of(previous, rule, hash, claims, count);
    }
    if (table != NULL) {
        table->references += *place == NULL;
        *place = table;
        free(claims);
        return table;
    }
    table = calloc(1, sizeof *table + rule->slot_count * sizeof *table->positions);
    if (table == NULL) {
        free(claims);
        return NULL;
    }
    table->rule = rule;
    table->hash = hash;
    table->claims = claims;
    table->claim_count = count;
    table->references = 1;
    *place = table;
    return fill(table) ? table : NULL;
}
