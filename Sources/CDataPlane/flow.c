// SPDX-License-Identifier: Apache-2.0
//
// Flow -> real server. In: a packet that is for a service, with its hash. Out: the line of its flow,
// or a new line. Any worker; the clock is passed in. States and timeouts are those of IPVS's
// input-only table, for a director sees the client's side alone.
//
// Lines are probed one behind the other from the hash's home line; how far flows of a home stand
// from it (`reach`) bounds the look-up, so that most cost one line, hit or miss.

#include "flow.h"

#include <stdatomic.h>
#include <string.h>

_Static_assert(DP_REAL_CAPACITY <= 1 << 20, "a real server's index fits the control word");

enum { SYN_RECV_MS = 60000, TIME_WAIT_MS = 120000, CLOSE_MS = 10000, FULL_MS = 60000 };

// Looks at a line that another worker holds, before the frame is given up: a fraction of a second, for
// a worker that lost its core meanwhile. A round of giving way costs as much as many looks.
enum { PATIENCE = 1 << 28, ROUND = 1 << 8 };

enum input { INPUT_SYN, INPUT_FIN, INPUT_ACK, INPUT_RST, INPUT_NONE, INPUT_COUNT };

#define SR DP_FLOW_SYN_RECV
#define ES DP_FLOW_ESTABLISHED
#define FW DP_FLOW_FIN_WAIT
#define TW DP_FLOW_TIME_WAIT
#define CL DP_FLOW_CLOSE
static const uint8_t next_state[INPUT_COUNT][DP_FLOW_STATE_COUNT] = {
    //             FREE BUSY  SR  ES  FW  TW  CL
    [INPUT_SYN] = {SR, SR, SR, ES, SR, SR, SR, DP_FLOW_UDP},
    [INPUT_FIN] = {CL, CL, TW, FW, FW, TW, CL, DP_FLOW_UDP},
    [INPUT_ACK] = {ES, ES, ES, ES, FW, TW, CL, DP_FLOW_UDP},
    [INPUT_RST] = {CL, CL, SR, CL, CL, CL, CL, DP_FLOW_UDP},
    [INPUT_NONE] = {CL, CL, CL, CL, CL, CL, CL, DP_FLOW_UDP},
};
#undef SR
#undef ES
#undef FW
#undef TW
#undef CL

// Of several flags RST counts before SYN before FIN before ACK.
static enum input input_of(uint8_t flags)
{
    return (flags & DP_TCP_RST) != 0   ? INPUT_RST
           : (flags & DP_TCP_SYN) != 0 ? INPUT_SYN
           : (flags & DP_TCP_FIN) != 0 ? INPUT_FIN
           : (flags & DP_TCP_ACK) != 0 ? INPUT_ACK
                                       : INPUT_NONE;
}

static uint32_t timeout_ms(enum dp_flow_state state, const struct dp_timeouts *timeouts)
{
    switch (state) {
    case DP_FLOW_SYN_RECV:
        return SYN_RECV_MS;
    case DP_FLOW_ESTABLISHED:
        return timeouts->tcp_ms;
    case DP_FLOW_FIN_WAIT:
        return timeouts->tcp_fin_ms;
    case DP_FLOW_TIME_WAIT:
        return TIME_WAIT_MS;
    case DP_FLOW_CLOSE:
        return CLOSE_MS;
    case DP_FLOW_UDP:
        return timeouts->udp_ms;
    default:
        return UINT32_MAX;
    }
}

static uint64_t control_word(enum dp_flow_state state, uint64_t hash, uint32_t real,
                             uint64_t version)
{
    return (uint64_t)state | (hash & 0xFFFF) << 4 | (uint64_t)real << 20 | version << 40;
}

static uint64_t with_state(uint64_t control, enum dp_flow_state state)
{
    return (control & ~(uint64_t)0xF) | (uint64_t)state;
}

static bool is_live(uint64_t control)
{
    return dp_flow_state_of(control) > DP_FLOW_BUSY;
}

static bool is_active(enum dp_flow_state state)
{
    return state == DP_FLOW_SYN_RECV || state == DP_FLOW_ESTABLISHED;
}

static void count_flow(struct dp_flow_table *table, uint64_t control, uint32_t change)
{
    struct dp_flow_counts *counts = &table->counts[dp_flow_real_of(control)];
    _Atomic uint32_t *count =
        is_active(dp_flow_state_of(control)) ? &counts->active : &counts->inactive;
    atomic_fetch_add_explicit(count, change, memory_order_relaxed);
}

static bool is_expired(const struct dp_flow *flow, uint64_t control,
                       const struct dp_timeouts *timeouts, uint64_t now_ms)
{
    uint32_t seen = atomic_load_explicit(&flow->last_seen_ms, memory_order_relaxed);
    int32_t idle = (int32_t)((uint32_t)now_ms - seen); // another worker's clock may be ahead
    return idle > 0 && (uint32_t)idle >= timeout_ms(dp_flow_state_of(control), timeouts);
}

static bool key_equal(const struct dp_flow *flow, const struct dp_flow_key *key)
{
    uint64_t words[5];
    memcpy(words, key, sizeof words);
    uint64_t difference = 0;
    for (int i = 0; i < 5; i++) {
        difference |= atomic_load_explicit(&flow->key[i], memory_order_relaxed) ^ words[i];
    }
    return difference == 0;
}

static bool same_tag(uint64_t control, uint64_t hash)
{
    return (control >> 4 & 0xFFFF) == (hash & 0xFFFF);
}

// True when the line holds the packet's flow; its control word in `control`.
static bool holds(const struct dp_flow *flow, const struct dp_packet *packet, uint64_t *control)
{
    // Pairs with the release store of dp_flow_commit(): the key is the one of this word.
    *control = atomic_load_explicit(&flow->control, memory_order_acquire);
    if (!is_live(*control) || !same_tag(*control, packet->hash) || !key_equal(flow, &packet->key)) {
        return false;
    }
    // The key was read between two equal control words: nobody changed the line meanwhile.
    atomic_thread_fence(memory_order_acquire);
    uint64_t again = atomic_load_explicit(&flow->control, memory_order_relaxed);
    return again >> 40 == *control >> 40;
}

struct dp_flow *dp_flow_find(struct dp_flow_table *table, const struct dp_packet *packet,
                             const struct dp_timeouts *timeouts, uint64_t now_ms, uint64_t *control)
{
    struct dp_flow *home = dp_flow_home(table, packet->hash);
    uint32_t reach = atomic_load_explicit(&home->reach, memory_order_relaxed);
    for (uint32_t i = 0; i <= reach; i++) {
        struct dp_flow *flow = home + i;
        if (holds(flow, packet, control)) {
            if (!is_expired(flow, *control, timeouts, now_ms)) {
                return flow;
            }
            dp_flow_remove(table, flow, *control);
            return NULL;
        }
    }
    return NULL;
}

static void mark_occupied(struct dp_flow_table *table, const struct dp_flow *flow, bool occupied)
{
    uint64_t line = (uint64_t)(flow - table->lines);
    uint64_t bit = (uint64_t)1 << (line % 64);
    if (occupied) {
        atomic_fetch_or_explicit(&table->occupied[line / 64], bit, memory_order_relaxed);
    } else {
        atomic_fetch_and_explicit(&table->occupied[line / 64], ~bit, memory_order_relaxed);
    }
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
        uint64_t busy = control_word(DP_FLOW_BUSY, hash, 0, (control >> 40) + 1);
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

// The half-open flow of the window that has been silent longest makes room; false when there is none.
static bool evict(struct dp_flow_table *table, struct dp_flow *home, uint64_t now_ms)
{
    struct dp_flow *oldest = NULL;
    uint64_t control_of_oldest = 0;
    uint32_t longest = 0;
    for (uint32_t i = 0; i < DP_FLOW_WINDOW; i++) {
        uint64_t control = atomic_load_explicit(&home[i].control, memory_order_relaxed);
        uint32_t seen = atomic_load_explicit(&home[i].last_seen_ms, memory_order_relaxed);
        uint32_t idle = (uint32_t)now_ms - seen;
        if (dp_flow_state_of(control) == DP_FLOW_SYN_RECV && (oldest == NULL || idle > longest)) {
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

bool dp_flow_is_full(const struct dp_flow_table *table, uint64_t now_ms)
{
    return now_ms < atomic_load_explicit(&table->full_until_ms, memory_order_relaxed);
}

// A line for a new flow, in state BUSY, or NULL: then the table counts as full for a while.
static struct dp_flow *make_room(struct dp_flow_table *table, struct dp_flow *home, uint64_t hash,
                                 uint64_t now_ms)
{
    bool room = atomic_load_explicit(&table->count, memory_order_relaxed) < table->capacity;
    struct dp_flow *flow = room ? claim(home, hash) : NULL;
    if (flow == NULL && evict(table, home, now_ms)) {
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
    return dp_flow_state_of(control) == DP_FLOW_BUSY && same_tag(control, packet->hash);
}

enum rival { RIVAL_NONE, RIVAL_LIVE, RIVAL_FIRST };

// Looks for another worker that opens the same flow in a line of its own. The worker with the lower
// line waits for the other to give way or to be done, the one with the higher line gives way: so one
// of them remains, and nobody waits for somebody who waits. `patience` is what is left of waiting.
static enum rival settle(struct dp_flow *home, const struct dp_flow *own,
                         const struct dp_packet *packet, uint32_t *patience, uint64_t *control)
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
        if (flow != own && holds(flow, packet, control)) {
            return RIVAL_LIVE;
        }
    }
    return RIVAL_NONE;
}

void dp_flow_abandon(struct dp_flow *line)
{
    uint64_t control = atomic_load_explicit(&line->control, memory_order_relaxed);
    // Pairs with the acquire of claim().
    atomic_store_explicit(&line->control, with_state(control, DP_FLOW_FREE), memory_order_release);
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
        switch (settle(home, own, packet, &patience, control)) {
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
                    const struct dp_packet *packet, uint32_t real, uint64_t now_ms)
{
    uint64_t words[5];
    memcpy(words, &packet->key, sizeof words);
    for (int i = 0; i < 5; i++) {
        atomic_store_explicit(&line->key[i], words[i], memory_order_relaxed);
    }
    atomic_store_explicit(&line->last_seen_ms, (uint32_t)now_ms, memory_order_relaxed);
    mark_occupied(table, line, true);
    atomic_fetch_add_explicit(&table->count, 1, memory_order_relaxed);

    enum dp_flow_state state =
        packet->key.protocol == DP_TCP
            ? (enum dp_flow_state)next_state[input_of(packet->tcp_flags)][DP_FLOW_FREE]
            : DP_FLOW_UDP;
    uint64_t busy = atomic_load_explicit(&line->control, memory_order_relaxed);
    uint64_t control = control_word(state, packet->hash, real, busy >> 40);
    count_flow(table, control, 1);
    // Pairs with the acquire load of holds(): whoever reads this word reads the key of it.
    atomic_store_explicit(&line->control, control, memory_order_release);
}

void dp_flow_touch(struct dp_flow_table *table, struct dp_flow *flow, uint64_t control,
                   const struct dp_packet *packet, uint64_t now_ms)
{
    if (atomic_load_explicit(&flow->last_seen_ms, memory_order_relaxed) != (uint32_t)now_ms) {
        atomic_store_explicit(&flow->last_seen_ms, (uint32_t)now_ms, memory_order_relaxed);
    }
    enum input input = input_of(packet->tcp_flags);
    for (;;) {
        enum dp_flow_state state = dp_flow_state_of(control);
        enum dp_flow_state next = (enum dp_flow_state)next_state[input][state];
        if (next == state) {
            return;
        }
        uint64_t changed = with_state(control, next);
        uint64_t seen = control;
        if (atomic_compare_exchange_strong_explicit(&flow->control, &seen, changed,
                                                    memory_order_relaxed, memory_order_relaxed)) {
            if (is_active(state) != is_active(next)) {
                count_flow(table, control, UINT32_MAX);
                count_flow(table, changed, 1);
            }
            return;
        }
        if (seen >> 40 != control >> 40 || !is_live(seen)) {
            return; // the line is another flow's by now
        }
        control = seen;
    }
}

bool dp_flow_remove(struct dp_flow_table *table, struct dp_flow *flow, uint64_t control)
{
    uint64_t busy = with_state(control, DP_FLOW_BUSY);
    if (!atomic_compare_exchange_strong_explicit(&flow->control, &control, busy,
                                                 memory_order_relaxed, memory_order_relaxed)) {
        return false;
    }
    mark_occupied(table, flow, false);
    count_flow(table, control, UINT32_MAX);
    atomic_fetch_sub_explicit(&table->count, 1, memory_order_relaxed);
    // Pairs with the acquire of claim(). The version goes on at the next claim.
    atomic_store_explicit(&flow->control, with_state(control, DP_FLOW_FREE), memory_order_release);
    return true;
}

enum { SWEEP_INTERVAL_MS = 1000, SWEEP_LINES = 1024, SWEEP_WORDS = 8192 };

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
        for (; bits != 0; bits &= bits - 1, lines++) {
            struct dp_flow *flow =
                &table->lines[sweep->next_word * 64 + (uint64_t)__builtin_ctzll(bits)];
            uint64_t control = atomic_load_explicit(&flow->control, memory_order_relaxed);
            if (is_live(control) && is_expired(flow, control, timeouts, now_ms)) {
                dp_flow_remove(table, flow, control);
            }
        }
    }
    sweep->next_word = sweep->first_word;
    sweep->due_ms = now_ms + SWEEP_INTERVAL_MS;
    return false;
}
