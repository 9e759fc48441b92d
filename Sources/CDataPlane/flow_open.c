// SPDX-License-Identifier: Apache-2.0
//
// A flow's beginning. In: a packet whose flow is unknown. Out: a line for it, which the caller owns
// until it commits or abandons it. Any worker, several at once for the same flow.

#include "flow.h"
#include "schedulers/slot_hash.h"

#include <string.h>

enum { FULL_MS = 60000 };

// Looks at a line that another worker holds, before the frame is given up: a fraction of a second, for
// a worker that lost its core meanwhile. A round of giving way costs as much as many looks.
enum { PATIENCE = 1 << 28, ROUND = 1 << 8 };

static uint64_t control_word(enum dp_flow_state state, uint64_t hash, uint32_t real,
                             uint64_t version)
{
    return (uint64_t)state | (hash & 0xFFFF) << 4 | (version & 0xFFFFFF) << 20 |
           (uint64_t)real << 44;
}

// A line of the window that the caller now owns, in state BUSY with the hash's tag, or NULL.
static struct dp_flow *claim(struct dp_flow *home, uint64_t hash)
{
    for (uint32_t i = 0; i < DP_FLOW_WINDOW; i++) {
        struct dp_flow *flow = home + i;
        uint64_t control = atomic_load_explicit(&flow->control, memory_order_relaxed);
        if (dp_flow_state_of(control) != DP_FLOW_FREE) {
            continue;
        }
        uint64_t busy = control_word(DP_FLOW_BUSY, hash, 0, dp_flow_version_of(control) + 1);
        // Sequentially consistent: of two workers that claim lines for one flow at least one sees the
        // other's in settle(). Its acquire pairs with the release stores that free a line.
        if (!atomic_compare_exchange_strong(&flow->control, &control, busy)) {
            continue;
        }
        uint32_t reach = atomic_load(&home->reach);
        while (reach < i && !atomic_compare_exchange_weak(&home->reach, &reach, i)) {
        }
        return flow;
    }
    return NULL;
}

static bool is_half_open(uint64_t control)
{
    enum dp_flow_state state = dp_flow_state_of(control);
    return state == DP_FLOW_SYN_RECV || state == DP_FLOW_FRAGMENT;
}

// Half-open flows that one is chosen among to make room. Of a flood that fills the table in seconds, four
// as young as a client's handshake are hardly ever met at once; more would be as many cache lines.
enum { EVICT_SAMPLE = 4 };
// Other places that are looked at, and lines of each.
enum { ELSEWHERE = 4, ELSEWHERE_LINES = 16 };

// Of the first of these lines the flow that has been silent longest makes room; false when none is
// half-open.
static bool evict(struct dp_flow_table *table, struct dp_flow *home, uint32_t line_count,
                  uint64_t now_ms)
{
    struct dp_flow *oldest = NULL;
    uint64_t control_of_oldest = 0;
    int64_t longest = 0;
    uint32_t sampled = 0;
    for (uint32_t i = 0; i < line_count && sampled < EVICT_SAMPLE; i++) {
        uint64_t control = atomic_load_explicit(&home[i].control, memory_order_relaxed);
        uint32_t seen = atomic_load_explicit(&home[i].last_seen_ms, memory_order_relaxed);
        int64_t idle = dp_flow_idle_ms(seen, now_ms);
        if (!is_half_open(control)) {
            continue;
        }
        sampled++;
        if (oldest == NULL || idle > longest) {
            oldest = &home[i];
            control_of_oldest = control;
            longest = idle;
        }
    }
    if (oldest == NULL || !dp_flow_remove(table, oldest, control_of_oldest)) {
        return false;
    }
    atomic_fetch_add_explicit(&table->evicted, 1, memory_order_relaxed);
    return true;
}

// Somewhere else. What makes room in its own window moves to the front of it, so that in a long flood
// some windows come to have nothing but free lines.
static bool evict_elsewhere(struct dp_flow_table *table, uint64_t hash, uint64_t now_ms)
{
    for (int i = 0; i < ELSEWHERE; i++) {
        hash = dp_mix(hash);
        if (evict(table, dp_flow_home(table, hash), ELSEWHERE_LINES, now_ms)) {
            return true;
        }
    }
    return false;
}

// A line for a new flow, in state BUSY, or NULL: then the table counts as full for a while.
static struct dp_flow *make_room(struct dp_flow_table *table, struct dp_flow *home, uint64_t hash,
                                 uint64_t now_ms)
{
    bool room = atomic_load_explicit(&table->count, memory_order_relaxed) < table->capacity;
    struct dp_flow *flow = room ? claim(home, hash) : NULL;
    if (flow == NULL && (evict(table, home, DP_FLOW_WINDOW, now_ms) ||
                         (!room && evict_elsewhere(table, hash, now_ms)))) {
        flow = claim(home, hash);
    }
    if (flow == NULL) {
        atomic_store_explicit(&table->full_until_ms, now_ms + FULL_MS, memory_order_relaxed);
    }
    return flow;
}

// True for a line that another worker writes or removes, perhaps with the packet's flow in it.
static bool is_rival(uint64_t control, const struct dp_packet *packet)
{
    return dp_flow_state_of(control) == DP_FLOW_BUSY && dp_flow_same_tag(control, packet->hash);
}

enum rival { RIVAL_NONE, RIVAL_LIVE, RIVAL_FIRST };

// Looks for another worker that opens the same flow in a line of its own. The worker with the lower
// line waits for the other to give way or to be done, the one with the higher line gives way: so one
// of them remains, and nobody waits for somebody who waits. `patience` is what is left of waiting.
static enum rival settle(struct dp_flow *home, const struct dp_flow *own,
                         const struct dp_packet *packet, uint32_t *patience, struct dp_flow **rival,
                         uint64_t *control)
{
    uint32_t reach = atomic_load(&home->reach);
    for (uint32_t i = 0; i <= reach; i++) {
        struct dp_flow *flow = home + i;
        uint64_t seen = atomic_load(&flow->control);
        while (flow > own && *patience > 0 && is_rival(seen, packet)) {
            *patience -= 1;
            seen = atomic_load(&flow->control);
        }
        if (flow != own && is_rival(seen, packet)) {
            return RIVAL_FIRST;
        }
        if (flow != own && dp_flow_holds(flow, packet, control)) {
            *rival = flow;
            return RIVAL_LIVE;
        }
    }
    return RIVAL_NONE;
}

void dp_flow_abandon(struct dp_flow *line)
{
    uint64_t control = atomic_load_explicit(&line->control, memory_order_relaxed);
    // Pairs with the acquire of claim().
    atomic_store_explicit(&line->control, (control & ~(uint64_t)0xF) | DP_FLOW_FREE,
                          memory_order_release);
}

enum dp_reservation dp_flow_reserve(struct dp_flow_table *table, const struct dp_packet *packet,
                                    uint64_t now_ms, struct dp_flow **line, uint64_t *control)
{
    struct dp_flow *home = dp_flow_home(table, packet->hash);
    uint32_t patience = PATIENCE;
    while (patience > 0) {
        struct dp_flow *own = make_room(table, home, packet->hash, now_ms);
        if (own == NULL) {
            return DP_FULL;
        }
        switch (settle(home, own, packet, &patience, line, control)) {
        case RIVAL_NONE:
            *line = own;
            return DP_RESERVED;
        case RIVAL_LIVE:
            dp_flow_abandon(own);
            return DP_EXISTS;
        case RIVAL_FIRST:
            dp_flow_abandon(own); // and look again what became of it
            patience -= patience < ROUND ? patience : ROUND;
        }
    }
    return DP_CONTENDED;
}

void dp_flow_commit(struct dp_flow_table *table, struct dp_flow *line,
                    const struct dp_packet *packet, enum dp_flow_state state, uint32_t real,
                    uint64_t companion, uint64_t now_ms)
{
    uint64_t words[5];
    memcpy(words, &packet->key, sizeof words);
    // Pairs with the acquire fences of readers: whoever reads a word of this key finds the line in
    // other hands than before.
    atomic_thread_fence(memory_order_release);
    for (int i = 0; i < 5; i++) {
        atomic_store_explicit(&line->key[i], words[i], memory_order_relaxed);
    }
    atomic_store_explicit(&line->last_seen_ms, (uint32_t)now_ms, memory_order_relaxed);
    atomic_store_explicit(&line->companion, companion, memory_order_relaxed);
    uint64_t number = (uint64_t)(line - table->lines);
    atomic_fetch_or_explicit(&table->occupied[number / 64], (uint64_t)1 << (number % 64),
                             memory_order_relaxed);
    atomic_fetch_add_explicit(&table->count, 1, memory_order_relaxed);

    uint64_t busy = atomic_load_explicit(&line->control, memory_order_relaxed);
    uint64_t control = control_word(state, packet->hash, real, dp_flow_version_of(busy));
    dp_flow_count(table, control, 1);
    // Pairs with the acquire load of dp_flow_holds(): whoever reads this word reads its key.
    atomic_store_explicit(&line->control, control, memory_order_release);
}
