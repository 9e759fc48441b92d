// SPDX-License-Identifier: Apache-2.0
//
// The flow table: flow -> real server. One per director, one cache line a flow, shared by all
// workers. A hit costs relaxed loads, and stores only where something changes; whoever moves a line
// out of or into use owns it in between by the state BUSY, entered with one compare-and-swap.
//
// Persistence templates and the real servers of fragmented packets stand in it too, each under a key
// that no flow has.

#ifndef DP_FLOW_H
#define DP_FLOW_H

#include "frame.h"
#include "snapshot.h"

#include <stdatomic.h>

// Marks in a key's `protocol`.
enum { DP_KEY_TEMPLATE = 1 << 8, DP_KEY_FRAGMENT = 1 << 9 };

// Control word: state (4 bits), tag (16 bits of the hash), version (24), real server index (20). The
// version changes whenever the line changes hands, so that a reader notices. The flow file holds this
// layout: DP_FLOW_FILE_VERSION (flow_file.h) changes with it.
struct dp_flow {
    _Atomic uint64_t control;
    _Atomic uint64_t key[5];
    _Atomic uint32_t last_seen_ms; // low 32 bits of the clock
    _Atomic uint32_t reach;        // how far from this line flows stand that hash to it
    _Atomic uint64_t companion;    // of a flow its template (dp_flow_name), 0: none; of a template
                                   // the milliseconds that it lasts
};
_Static_assert((int)DP_FLOW_STATE_COUNT == (int)DP_FLOW_STATES, "as the timeouts have them");
_Static_assert(sizeof(struct dp_flow) == 64, "one cache line a flow");

enum { DP_FLOW_WINDOW = 64 }; // lines in which a flow may stand

// Of one real server.
struct dp_flow_counts {
    _Atomic uint32_t active;
    _Atomic uint32_t inactive;
    _Atomic uint32_t persistent; // templates
    _Atomic uint32_t overloaded; // it reached `upper`, and has not fallen below `lower` since
    _Atomic uint32_t upper;      // 0: no threshold
    _Atomic uint32_t lower;
    uint64_t unused;
};
_Static_assert(sizeof(struct dp_flow_counts) == 32, "two a cache line");

// What the hash multiplies by: see dp_flow_hash().
struct dp_hash_key {
    unsigned __int128 ipv4[3];
    unsigned __int128 ipv6[6];
};

struct dp_flow_known;

struct dp_flow_table {
    struct dp_flow *lines; // line_count + DP_FLOW_WINDOW of them, on cache line boundaries
    uint64_t line_count;
    uint64_t capacity;
    _Atomic uint64_t count;
    _Atomic uint64_t evicted;       // half-open flows that made room
    _Atomic uint64_t full_until_ms; // while it is full, and a while after: see dp_flow_is_full
    _Atomic uint64_t *occupied;     // one bit a line: what a sweep has to look at
    struct dp_hash_key hash_key;    // secret: nobody outside can aim collisions
    struct dp_flow_counts *counts;  // by real server index
    struct dp_flow_known *known; // what the XDP program knows of them (flow_known.h); NULL: nothing
};

// Where one worker's sweep stands.
struct dp_sweep {
    uint64_t next_word, first_word, end_word;
    uint64_t due_ms;
    uint32_t round;
};

// Two lines a flow: then practically every flow finds a line in its window.
static inline uint64_t dp_flow_line_count(uint64_t capacity)
{
    return capacity * 2;
}

// The hash's numbers follow from the two secret ones.
void dp_hash_key_draw(struct dp_hash_key *key, const uint64_t secret[2]);

// An empty table. `secret`: two random numbers. `lines`: as struct dp_flow_table has them, zeroed;
// they stay the caller's, and outlive the table.
struct dp_flow_table *dp_flow_table_create(uint64_t capacity, const uint64_t secret[2],
                                           struct dp_flow *lines, struct dp_error *error);
void dp_flow_table_destroy(struct dp_flow_table *table);
// Any thread. Where a real server stops to take new flows, and takes them again; 0: see dp_real_input.
void dp_flow_set_thresholds(struct dp_flow_table *table, uint32_t real, uint32_t upper,
                            uint32_t lower);

static inline struct dp_flow *dp_flow_home(const struct dp_flow_table *table, uint64_t hash)
{
    return &table->lines[(uint64_t)(((unsigned __int128)hash * table->line_count) >> 64)];
}

static inline enum dp_flow_state dp_flow_state_of(uint64_t control)
{
    return (enum dp_flow_state)(control & 0xF);
}

static inline uint32_t dp_flow_real_of(uint64_t control)
{
    return (uint32_t)(control >> 44);
}

static inline uint64_t dp_flow_version_of(uint64_t control)
{
    return control >> 20 & 0xFFFFFF;
}

static inline bool dp_flow_is_live(uint64_t control)
{
    return dp_flow_state_of(control) > DP_FLOW_BUSY;
}

static inline bool dp_flow_same_tag(uint64_t control, uint64_t hash)
{
    return (control >> 4 & 0xFFFF) == (hash & 0xFFFF);
}

// False where a look at the tag is enough.
static inline bool dp_flow_may_hold(const struct dp_flow *flow, const struct dp_packet *packet)
{
    uint64_t control = atomic_load_explicit(&flow->control, memory_order_relaxed);
    return dp_flow_same_tag(control, packet->hash);
}

// True when the line has the packet's key, live or not; its control word in `control`.
static inline bool dp_flow_has_key(const struct dp_flow *flow, const struct dp_packet *packet,
                                   uint64_t *control)
{
    // Pairs with the release store of dp_flow_commit(): the key is the one of this word.
    uint64_t seen = atomic_load_explicit(&flow->control, memory_order_acquire);
    *control = seen;
    uint64_t words[5];
    __builtin_memcpy(words, &packet->key, sizeof words);
    uint64_t difference = 0;
    for (int i = 0; i < 5; i++) {
        difference |= atomic_load_explicit(&flow->key[i], memory_order_relaxed) ^ words[i];
    }
    // The key was read between two equal control words: nobody changed the line meanwhile.
    atomic_thread_fence(memory_order_acquire);
    uint64_t again = atomic_load_explicit(&flow->control, memory_order_relaxed);
    return (difference | (again ^ seen) >> 20) == 0;
}

// True when the line holds the packet's flow.
static inline bool dp_flow_holds(const struct dp_flow *flow, const struct dp_packet *packet,
                                 uint64_t *control)
{
    return dp_flow_has_key(flow, packet, control) && dp_flow_is_live(*control);
}

// Milliseconds after its last frame that it is forgotten.
static inline uint32_t dp_flow_timeout_ms(const struct dp_flow *flow, uint64_t control,
                                          const struct dp_timeouts *timeouts)
{
    enum dp_flow_state state = dp_flow_state_of(control);
    return state == DP_FLOW_TEMPLATE
               ? (uint32_t)atomic_load_explicit(&flow->companion, memory_order_relaxed)
               : timeouts->by_state_ms[state];
}

// How long nothing came, from what `last_seen_ms` says; less than 0 where another worker's clock was
// ahead, or a template was given time. Of the clock's 2^32 three quarters are for what is past:
// timeouts are less than 37 days.
static inline int64_t dp_flow_idle_ms(uint32_t last_seen_ms, uint64_t now_ms)
{
    uint32_t idle = (uint32_t)now_ms - last_seen_ms;
    return idle < 0xC0000000u ? (int64_t)idle : (int64_t)idle - ((int64_t)1 << 32);
}

static inline bool dp_flow_is_expired(const struct dp_flow *flow, uint64_t control,
                                      const struct dp_timeouts *timeouts, uint64_t now_ms)
{
    uint32_t seen = atomic_load_explicit(&flow->last_seen_ms, memory_order_relaxed);
    int64_t idle = dp_flow_idle_ms(seen, now_ms);
    return idle > 0 && idle >= dp_flow_timeout_ms(flow, control, timeouts);
}

// The flow's line and its control word as read, or NULL: unknown or timed out.
struct dp_flow *dp_flow_find(struct dp_flow_table *table, const struct dp_packet *packet,
                             const struct dp_timeouts *timeouts, uint64_t now_ms,
                             uint64_t *control);

// The state that a packet with these flags leads to; by the flags' lower five bits.
extern const uint8_t dp_flow_next_state[32][16];

static inline enum dp_flow_state dp_flow_state_after(enum dp_flow_state state,
                                                     const struct dp_packet *packet)
{
    return (enum dp_flow_state)dp_flow_next_state[packet->tcp_flags & 31][state];
}

// The state of a flow that begins with the packet.
static inline enum dp_flow_state dp_flow_first_state(const struct dp_packet *packet)
{
    return packet->key.protocol == DP_TCP ? dp_flow_state_after(DP_FLOW_FREE, packet) : DP_FLOW_UDP;
}

// dp_flow_touch() where the state changes.
void dp_flow_change(struct dp_flow_table *table, struct dp_flow *flow, uint64_t control,
                    const struct dp_packet *packet);

// The packet's effect on its flow: last seen, state, active and inactive counts.
static inline void dp_flow_touch(struct dp_flow_table *table, struct dp_flow *flow,
                                 uint64_t control, const struct dp_packet *packet, uint64_t now_ms)
{
    if (atomic_load_explicit(&flow->last_seen_ms, memory_order_relaxed) != (uint32_t)now_ms) {
        atomic_store_explicit(&flow->last_seen_ms, (uint32_t)now_ms, memory_order_relaxed);
    }
    enum dp_flow_state state = dp_flow_state_of(control);
    if (dp_flow_state_after(state, packet) != state) {
        dp_flow_change(table, flow, control, packet);
    }
}

// The state of a flow of another director that is taken over with the packet. One segment alone may be
// anybody's: the flow is half-open until a second one comes, and makes room like those.
static inline enum dp_flow_state dp_flow_taken_over_state(const struct dp_packet *packet)
{
    enum dp_flow_state state = dp_flow_first_state(packet);
    return state == DP_FLOW_ESTABLISHED ? DP_FLOW_SYN_RECV : state;
}

// What dp_flow_reserve() found.
enum dp_reservation {
    DP_RESERVED,  // the line is the caller's until dp_flow_commit() or dp_flow_abandon()
    DP_EXISTS,    // another worker has opened the same flow meanwhile
    DP_FULL,      // no room: the table counts as full for a while
    DP_CONTENDED, // another worker holds on to the flow for too long
};

// A line for the packet's flow, which dp_flow_find() did not know. Of workers that open the same flow
// at once one gets the line, and the others its flow in `line` and `control`. When there is no room a
// half-open flow makes it.
enum dp_reservation dp_flow_reserve(struct dp_flow_table *table, const struct dp_packet *packet,
                                    uint64_t now_ms, struct dp_flow **line, uint64_t *control);
// The reserved line becomes the flow.
void dp_flow_commit(struct dp_flow_table *table, struct dp_flow *line,
                    const struct dp_packet *packet, enum dp_flow_state state, uint32_t real,
                    uint64_t companion, uint64_t now_ms);
void dp_flow_abandon(struct dp_flow *line);

// What a flow calls its template: the line's number + 1 and the version, which another template in
// the same line does not have. Never 0.
uint64_t dp_flow_name(const struct dp_flow_table *table, const struct dp_flow *flow,
                      uint64_t control);

// The template of that name, if it still is one, has a minute left at least from now on.
void dp_flow_keep_template(struct dp_flow_table *table, uint64_t name, uint64_t now_ms);

// Gives the flow's line free; false when another worker was first.
bool dp_flow_remove(struct dp_flow_table *table, struct dp_flow *flow, uint64_t control);

// Removes what has timed out in the worker's range, a bounded piece a call; templates of live flows
// last. True when more is due now.
bool dp_flow_sweep(struct dp_flow_table *table, struct dp_sweep *sweep,
                   const struct dp_timeouts *timeouts, uint64_t now_ms);

// True while there is no room, and a minute longer: flows that found none may have gone on by hash.
static inline bool dp_flow_is_full(const struct dp_flow_table *table, uint64_t now_ms)
{
    return now_ms < atomic_load_explicit(&table->full_until_ms, memory_order_relaxed);
}

// Adds `change` (UINT32_MAX: takes one away) to the count that a line with this word is in.
void dp_flow_count(struct dp_flow_table *table, uint64_t control, uint32_t change);

// The kernel's measure of load: an active flow weighs as much as 256 inactive ones.
static inline uint64_t dp_flow_load(const struct dp_flow_counts *counts)
{
    uint64_t active = atomic_load_explicit(&counts->active, memory_order_relaxed);
    return (active << 8) + atomic_load_explicit(&counts->inactive, memory_order_relaxed);
}

// Whether the real server's thresholds keep new flows from it. Any worker; it remembers which of the
// two was passed last.
static inline bool dp_flow_is_overloaded(struct dp_flow_counts *counts)
{
    uint32_t upper = atomic_load_explicit(&counts->upper, memory_order_relaxed);
    if (upper == 0) {
        return false;
    }
    uint32_t flows = atomic_load_explicit(&counts->active, memory_order_relaxed) +
                     atomic_load_explicit(&counts->inactive, memory_order_relaxed);
    uint32_t lower = atomic_load_explicit(&counts->lower, memory_order_relaxed);
    bool was = atomic_load_explicit(&counts->overloaded, memory_order_relaxed) != 0;
    bool fell = lower != 0 ? flows < lower : (uint64_t)flows * 4 < (uint64_t)upper * 3;
    bool is = flows >= upper || (was && !fell);
    if (is != was) {
        atomic_store_explicit(&counts->overloaded, is, memory_order_relaxed);
    }
    return is;
}

#endif
