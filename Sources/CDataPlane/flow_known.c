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

static struct dp_known *word_of(const struct dp_flow_table *table, uint64_t hash)
{
    return &table->known->words[DP_KNOWN_WORD(hash, table->known->mask)];
}

void dp_flow_forget(const struct dp_flow_table *table, const struct dp_flow *flow)
{
    uint64_t hash = hash_of(table, flow);
    __atomic_fetch_and(&word_of(table, hash)->known, ~DP_KNOWN_BIT(hash), __ATOMIC_SEQ_CST);
}

void dp_flow_note_seen(const struct dp_flow_table *table, struct dp_flow *flow, uint64_t now_ms)
{
    uint64_t hash = hash_of(table, flow);
    const struct dp_known *word = word_of(table, hash);
    uint32_t period = atomic_load_explicit(&table->known->period, memory_order_relaxed) & 1;
    uint32_t seen = 0;
    if ((__atomic_load_n(&word->seen[period], __ATOMIC_RELAXED) & DP_KNOWN_BIT(hash)) != 0) {
        seen = (uint32_t)now_ms;
    } else if ((__atomic_load_n(&word->seen[!period], __ATOMIC_RELAXED) & DP_KNOWN_BIT(hash)) !=
               0) {
        seen = atomic_load_explicit(&table->known->since_ms, memory_order_relaxed);
    } else {
        return;
    }
    uint32_t last = atomic_load_explicit(&flow->last_seen_ms, memory_order_relaxed);
    if ((int32_t)(seen - last) > 0) {
        atomic_compare_exchange_strong_explicit(&flow->last_seen_ms, &last, seen,
                                                memory_order_relaxed, memory_order_relaxed);
    }
}
