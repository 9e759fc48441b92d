// SPDX-License-Identifier: Apache-2.0
//
// The flow table: flow -> real server. One per director, one cache line a flow, shared by all
// workers. A hit costs relaxed loads, and stores only where something changes; whoever moves a line
// out of or into use owns it in between by the state BUSY, entered with one compare-and-swap.

#ifndef DP_FLOW_H
#define DP_FLOW_H

#include "frame.h"
#include "snapshot.h"

enum dp_flow_state {
    DP_FLOW_FREE,
    DP_FLOW_BUSY, // being written or removed; its owner alone touches it
    DP_FLOW_SYN_RECV,
    DP_FLOW_ESTABLISHED,
    DP_FLOW_FIN_WAIT,
    DP_FLOW_TIME_WAIT,
    DP_FLOW_CLOSE,
    DP_FLOW_UDP,
    DP_FLOW_STATE_COUNT
};

// Control word: state (4 bits), tag (16 bits of the hash), real server index (20), version (24). The
// version changes whenever the line changes hands, so that a reader notices.
struct dp_flow {
    _Atomic uint64_t control;
    _Atomic uint64_t key[5];
    _Atomic uint32_t last_seen_ms; // low 32 bits of the clock
    _Atomic uint32_t reach;        // how far from this line flows stand that hash to it
    uint64_t unused;
};
_Static_assert(sizeof(struct dp_flow) == 64, "one cache line a flow");

enum { DP_FLOW_WINDOW = 64 }; // lines in which a flow may stand

struct dp_flow_counts {
    _Atomic uint32_t active;
    _Atomic uint32_t inactive;
};

struct dp_flow_table {
    struct dp_flow *lines; // line_count + DP_FLOW_WINDOW of them, on cache line boundaries
    void *memory;          // what they stand in
    uint64_t line_count;
    uint64_t capacity;
    _Atomic uint64_t count;
    _Atomic uint64_t evicted;       // half-open flows that made room
    _Atomic uint64_t full_until_ms; // while it is full, and a while after: see dp_flow_is_full
    _Atomic uint64_t *occupied;     // one bit a line: what a sweep has to look at
    uint64_t secret[2];             // of the hash: nobody outside can aim collisions
    struct dp_flow_counts *counts;  // by real server index
};

// Where one worker's sweep stands.
struct dp_sweep {
    uint64_t next_word, first_word, end_word;
    uint64_t due_ms;
};

// `secret`: two random numbers. Untouched lines cost no memory.
struct dp_flow_table *dp_flow_table_create(uint64_t capacity, const uint64_t secret[2],
                                           struct dp_error *error);
void dp_flow_table_destroy(struct dp_flow_table *table);

// SipHash-1-3 of the key's words, without a length block: all keys of a family are equally long.
uint64_t dp_flow_hash(const struct dp_flow_table *table, const struct dp_flow_key *key);

static inline struct dp_flow *dp_flow_home(const struct dp_flow_table *table, uint64_t hash)
{
    return &table->lines[(uint64_t)(((unsigned __int128)hash * table->line_count) >> 64)];
}

// The flow's line and its control word as read, or NULL: unknown or timed out.
struct dp_flow *dp_flow_find(struct dp_flow_table *table, const struct dp_packet *packet,
                             const struct dp_timeouts *timeouts, uint64_t now_ms,
                             uint64_t *control);

// What dp_flow_reserve() found.
enum dp_reservation {
    DP_RESERVED,  // the line is the caller's until dp_flow_commit() or dp_flow_abandon()
    DP_EXISTS,    // another worker has opened the same flow meanwhile
    DP_FULL,      // no room: the table counts as full for a while
    DP_CONTENDED, // another worker holds on to the flow for too long
};

// A line for the packet's flow, which dp_flow_find() did not know. Of workers that open the same flow
// at once one gets the line, and the others its flow. When there is no room a half-open flow makes
// it.
enum dp_reservation dp_flow_reserve(struct dp_flow_table *table, const struct dp_packet *packet,
                                    uint64_t now_ms, struct dp_flow **line, uint64_t *control);
// The reserved line becomes the flow; its first state follows from the packet.
void dp_flow_commit(struct dp_flow_table *table, struct dp_flow *line,
                    const struct dp_packet *packet, uint32_t real, uint64_t now_ms);
void dp_flow_abandon(struct dp_flow *line);

// The packet's effect on its flow: last seen, state, active and inactive counts.
void dp_flow_touch(struct dp_flow_table *table, struct dp_flow *flow, uint64_t control,
                   const struct dp_packet *packet, uint64_t now_ms);

// Gives the flow's line free; false when another worker was first.
bool dp_flow_remove(struct dp_flow_table *table, struct dp_flow *flow, uint64_t control);

// Removes what has timed out in the worker's range, a bounded piece a call. True when more is due
// now.
bool dp_flow_sweep(struct dp_flow_table *table, struct dp_sweep *sweep,
                   const struct dp_timeouts *timeouts, uint64_t now_ms);

// True while there is no room, and a minute longer: flows that found none may have gone on by hash.
bool dp_flow_is_full(const struct dp_flow_table *table, uint64_t now_ms);

static inline enum dp_flow_state dp_flow_state_of(uint64_t control)
{
    return (enum dp_flow_state)(control & 0xF);
}

static inline uint32_t dp_flow_real_of(uint64_t control)
{
    return (uint32_t)(control >> 20) & 0xFFFFF;
}

#endif
