// SPDX-License-Identifier: Apache-2.0
//
// A flow's life from its second packet on: found, changed, forgotten. In: a packet that is for a
// service, with its hash. Out: the line of its flow. Any worker; the clock is passed in. States and
// timeouts are those of IPVS's input-only table, for a director sees the client's side alone.
//
// Lines are probed one behind the other from the hash's home line; how far flows of a home stand
// from it (`reach`) bounds the look-up, so that most cost one line, hit or miss.

#include "flow_known.h"

#include <string.h>

_Static_assert(DP_REAL_CAPACITY <= 1 << 20, "a real server's index fits the control word");

// TEMPLATE_GRACE_MS: what a template has left, at least, while one of its flows lives. A sweep looks
// after an eighth of the templates at a time.
enum { TEMPLATE_GRACE_MS = 60000, TEMPLATE_ROUNDS = 8 };

#define SR DP_FLOW_SYN_RECV
#define ES DP_FLOW_ESTABLISHED
#define FW DP_FLOW_FIN_WAIT
#define TW DP_FLOW_TIME_WAIT
#define CL DP_FLOW_CLOSE
// Rows by the packet's flags. What is no TCP flow keeps its state.
#define REST DP_FLOW_UDP, DP_FLOW_TEMPLATE, DP_FLOW_FRAGMENT
//              FREE BUSY SR  ES  FW  TW  CL
#define AT_SYN SR, SR, SR, ES, SR, SR, SR, REST
#define AT_FIN CL, CL, TW, FW, FW, TW, CL, REST
#define AT_ACK ES, ES, ES, ES, FW, TW, CL, REST
#define AT_RST CL, CL, SR, CL, CL, CL, CL, REST
#define AT_NONE CL, CL, CL, CL, CL, CL, CL, REST
// Of several flags RST counts before SYN before FIN before ACK; PSH does not.
const uint8_t dp_flow_next_state[32][16] = {
    {AT_NONE}, {AT_FIN}, {AT_SYN}, {AT_SYN}, {AT_RST}, {AT_RST}, {AT_RST}, {AT_RST},
    {AT_NONE}, {AT_FIN}, {AT_SYN}, {AT_SYN}, {AT_RST}, {AT_RST}, {AT_RST}, {AT_RST},
    {AT_ACK},  {AT_FIN}, {AT_SYN}, {AT_SYN}, {AT_RST}, {AT_RST}, {AT_RST}, {AT_RST},
    {AT_ACK},  {AT_FIN}, {AT_SYN}, {AT_SYN}, {AT_RST}, {AT_RST}, {AT_RST}, {AT_RST},
};
_Static_assert(DP_TCP_FIN == 1 && DP_TCP_SYN == 2 && DP_TCP_RST == 4 && DP_TCP_ACK == 16,
               "the order of the rows");

static uint64_t with_state(uint64_t control, enum dp_flow_state state)
{
    return (control & ~(uint64_t)0xF) | (uint64_t)state;
}

static _Atomic uint32_t *count_of(struct dp_flow_counts *counts, enum dp_flow_state state)
{
    switch (state) {
    case DP_FLOW_SYN_RECV:
    case DP_FLOW_ESTABLISHED:
        return &counts->active;
    case DP_FLOW_TEMPLATE:
        return &counts->persistent;
    case DP_FLOW_FRAGMENT:
        return NULL;
    default:
        return &counts->inactive;
    }
}

void dp_flow_count(struct dp_flow_table *table, uint64_t control, uint32_t change)
{
    struct dp_flow_counts *counts = &table->counts[dp_flow_real_of(control)];
    _Atomic uint32_t *count = count_of(counts, dp_flow_state_of(control));
    if (count == NULL) {
        return;
    }
    // Before and after: the thresholds remember which of them was passed.
    dp_flow_is_overloaded(counts);
    atomic_fetch_add_explicit(count, change, memory_order_relaxed);
    dp_flow_is_overloaded(counts);
}

void dp_flow_set_thresholds(struct dp_flow_table *table, uint32_t real, uint32_t upper,
                            uint32_t lower)
{
    struct dp_flow_counts *counts = &table->counts[real];
    if (atomic_load_explicit(&counts->upper, memory_order_relaxed) != upper) {
        atomic_store_explicit(&counts->overloaded, 0, memory_order_relaxed);
    }
    atomic_store_explicit(&counts->upper, upper, memory_order_relaxed);
    atomic_store_explicit(&counts->lower, lower, memory_order_relaxed);
}

struct dp_flow *dp_flow_find(struct dp_flow_table *table, const struct dp_packet *packet,
                             const struct dp_timeouts *timeouts, uint64_t now_ms, uint64_t *control)
{
    struct dp_flow *home = dp_flow_home(table, packet->hash);
    uint32_t reach = atomic_load_explicit(&home->reach, memory_order_relaxed);
    for (uint32_t i = 0; i <= reach; i++) {
        struct dp_flow *flow = home + i;
        if (dp_flow_may_hold(flow, packet) && dp_flow_holds(flow, packet, control)) {
            if (!dp_flow_is_expired(flow, *control, timeouts, now_ms)) {
                return flow;
            }
            dp_flow_remove(table, flow, *control);
            return NULL;
        }
    }
    return NULL;
}

void dp_flow_change(struct dp_flow_table *table, struct dp_flow *flow, uint64_t control,
                    const struct dp_packet *packet)
{
    for (;;) {
        enum dp_flow_state state = dp_flow_state_of(control);
        enum dp_flow_state next = dp_flow_state_after(state, packet);
        if (next == state) {
            return;
        }
        uint64_t changed = with_state(control, next);
        uint64_t seen = control;
        if (atomic_compare_exchange_strong(&flow->control, &seen, changed)) {
            if (table->known != NULL) {
                dp_flow_forget(table, flow);
            }
            struct dp_flow_counts *counts = &table->counts[dp_flow_real_of(control)];
            if (count_of(counts, state) != count_of(counts, next)) {
                dp_flow_count(table, control, UINT32_MAX);
                dp_flow_count(table, changed, 1);
            }
            return;
        }
        if (seen >> 4 != control >> 4 || !dp_flow_is_live(seen)) {
            return; // it has changed hands: what this packet meant is over
        }
        control = seen;
    }
}

uint64_t dp_flow_name(const struct dp_flow_table *table, const struct dp_flow *flow,
                      uint64_t control)
{
    return (uint64_t)(flow - table->lines + 1) | dp_flow_version_of(control) << 40;
}

bool dp_flow_remove(struct dp_flow_table *table, struct dp_flow *flow, uint64_t control)
{
    uint64_t seen = control;
    uint64_t busy = with_state(control, DP_FLOW_BUSY);
    // Pairs with the release store below, and keeps a writer from the line meanwhile.
    if (!atomic_compare_exchange_strong(&flow->control, &seen, busy)) {
        return false;
    }
    if (table->known != NULL) {
        dp_flow_forget(table, flow);
    }
    dp_flow_count(table, control, UINT32_MAX);
    uint64_t line = (uint64_t)(flow - table->lines);
    atomic_fetch_and_explicit(&table->occupied[line / 64], ~((uint64_t)1 << (line % 64)),
                              memory_order_relaxed);
    atomic_fetch_sub_explicit(&table->count, 1, memory_order_relaxed);
    // Pairs with the acquire of claim() in flow_open.c.
    atomic_store_explicit(&flow->control, with_state(control, DP_FLOW_FREE), memory_order_release);
    return true;
}

// The template of a live flow gets the grace, if it has less left. Only one that still has the time
// that was read gets it: a line that changed hands meanwhile has another.
void dp_flow_keep_template(struct dp_flow_table *table, uint64_t name, uint64_t now_ms)
{
    struct dp_flow *flow = &table->lines[(name & 0xFFFFFFFFFF) - 1];
    uint64_t control = atomic_load_explicit(&flow->control, memory_order_acquire);
    if (dp_flow_version_of(control) != name >> 40 ||
        dp_flow_state_of(control) != DP_FLOW_TEMPLATE) {
        return;
    }
    uint32_t seen = atomic_load_explicit(&flow->last_seen_ms, memory_order_relaxed);
    uint32_t lasts = (uint32_t)atomic_load_explicit(&flow->companion, memory_order_relaxed);
    uint32_t least = (uint32_t)now_ms + TEMPLATE_GRACE_MS - lasts;
    if (lasts - dp_flow_idle_ms(seen, now_ms) < TEMPLATE_GRACE_MS) {
        atomic_compare_exchange_strong_explicit(&flow->last_seen_ms, &seen, least,
                                                memory_order_relaxed, memory_order_relaxed);
    }
}

static void visit(struct dp_flow_table *table, uint64_t line, uint32_t round,
                  const struct dp_timeouts *timeouts, uint64_t now_ms)
{
    struct dp_flow *flow = &table->lines[line];
    uint64_t control = atomic_load_explicit(&flow->control, memory_order_relaxed);
    if (!dp_flow_is_live(control)) {
        return;
    }
    enum dp_flow_state state = dp_flow_state_of(control);
    if (table->known != NULL && (state == DP_FLOW_ESTABLISHED || state == DP_FLOW_UDP)) {
        dp_flow_note_seen(table, flow, now_ms);
    }
    uint64_t companion = atomic_load_explicit(&flow->companion, memory_order_relaxed);
    if (dp_flow_is_expired(flow, control, timeouts, now_ms)) {
        dp_flow_remove(table, flow, control);
    } else if (companion != 0 && state != DP_FLOW_TEMPLATE &&
               (line + round) % TEMPLATE_ROUNDS == 0) {
        dp_flow_keep_template(table, companion, now_ms);
    }
}

enum { SWEEP_INTERVAL_MS = 1000, SWEEP_LINES = 1024, SWEEP_WORDS = 8192 };

// The processor fetches a word's lines while those of the word before are looked at.
static void fetch(const struct dp_flow_table *table, const struct dp_sweep *sweep)
{
    uint64_t word = sweep->next_word + 1;
    if (word >= sweep->end_word) {
        return;
    }
    uint64_t bits = atomic_load_explicit(&table->occupied[word], memory_order_relaxed);
    for (; bits != 0; bits &= bits - 1) {
        __builtin_prefetch(&table->lines[word * 64 + (uint64_t)__builtin_ctzll(bits)]);
    }
}

bool dp_flow_sweep(struct dp_flow_table *table, struct dp_sweep *sweep,
                   const struct dp_timeouts *timeouts, uint64_t now_ms)
{
    if (now_ms < sweep->due_ms) {
        return false;
    }
    uint32_t lines = 0;
    uint32_t words = 0;
    for (; sweep->next_word < sweep->end_word; sweep->next_word++) {
        if (lines >= SWEEP_LINES || words++ >= SWEEP_WORDS) {
            return true;
        }
        uint64_t bits =
            atomic_load_explicit(&table->occupied[sweep->next_word], memory_order_relaxed);
        fetch(table, sweep);
        for (; bits != 0; bits &= bits - 1, lines++) {
            uint64_t line = sweep->next_word * 64 + (uint64_t)__builtin_ctzll(bits);
            visit(table, line, sweep->round, timeouts, now_ms);
        }
    }
    sweep->next_word = sweep->first_word;
    sweep->due_ms = now_ms + SWEEP_INTERVAL_MS;
    sweep->round++;
    return false;
}
