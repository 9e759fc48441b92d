// SPDX-License-Identifier: Apache-2.0
//
// In: a flow's line. Out: its bits in the words that the XDP program shares. Any worker.

#include "flow_known.h"

#include "flow_hash.h"

#include <string.h>

static uint64_t hash_of(const struct dp_flow_table *table, const struct dp_flow *flow)
{
    struct dp_flow_key key;
    uint64_t words[5];
    for (int i = 0; i < 5; i++) {
        words[i] = atomic_load_explicit(&flow->key[i], memory_order_relaxed);
    }
    memcpy(&key, words, sizeof words);
    return dp_flow_hash(table, &key);
}

// Whoever makes a flow known looks at its control word afterwards: what is not yet seen here sees the
// change there.
void dp_flow_forget(const struct dp_flow_table *table, const struct dp_flow *flow)
{
    if (atomic_load(&table->known->in_use) == 0) {
        return;
    }
    uint64_t hash = hash_of(table, flow);
    struct dp_known *word = &table->known->words[DP_KNOWN_WORD(hash, table->known->mask)];
    if ((__atomic_load_n(&word->known, __ATOMIC_SEQ_CST) & DP_KNOWN_BIT(hash)) != 0) {
        __atomic_fetch_and(&word->known, ~DP_KNOWN_BIT(hash), __ATOMIC_SEQ_CST);
    }
}

// When the program saw the flow last, to the time between two takes; false: not since the one before.
static bool seen_at(const struct dp_flow_known *known, uint64_t hash, uint64_t now_ms, uint32_t *at)
{
    uint32_t word = DP_KNOWN_WORD(hash, known->mask);
    uint64_t before = atomic_load_explicit(&known->seen_before[word], memory_order_relaxed);
    uint64_t seen = __atomic_load_n(&known->words[word].seen, __ATOMIC_RELAXED);
    *at = (seen & DP_KNOWN_BIT(hash)) != 0
              ? (uint32_t)now_ms
              : atomic_load_explicit(&known->taken_ms, memory_order_relaxed);
    return ((seen | before) & DP_KNOWN_BIT(hash)) != 0;
}

void dp_flow_note_seen(const struct dp_flow_table *table, struct dp_flow *flow, uint64_t now_ms)
{
    if (atomic_load_explicit(&table->known->in_use, memory_order_relaxed) == 0) {
        return;
    }
    uint32_t seen;
    uint32_t last = atomic_load_explicit(&flow->last_seen_ms, memory_order_relaxed);
    if (seen_at(table->known, hash_of(table, flow), now_ms, &seen) && (int32_t)(seen - last) > 0) {
        atomic_compare_exchange_strong_explicit(&flow->last_seen_ms, &last, seen,
                                                memory_order_relaxed, memory_order_relaxed);
    }
}
