// SPDX-License-Identifier: Apache-2.0
//
// Slot tables: what the hashing schedulers look a flow's hash up in. Built on the control thread
// with the snapshot, immutable from then on. A table says positions in a service's list, so that
// all services with an equal list share one, also across publications.

#ifndef DP_SLOT_TABLE_H
#define DP_SLOT_TABLE_H

#include "frame.h"

enum { DP_SLOT_EMPTY = UINT16_MAX };

// A real server of a service's list as a rule may see it.
struct dp_listed {
    union dp_address address;
    uint16_t port;        // the service's
    uint32_t weight;      // 0 when it takes no new flows, for whatever cause
    uint32_t last_weight; // its last weight that was not 0, as long as it was usable
    bool usable;
};

// What decides a real server's slots. Equal sequences of claims give equal tables.
struct dp_claim {
    uint64_t identity; // where its slots are
    uint64_t share;    // how many, relative to the others; 0: none
};
_Static_assert(sizeof(struct dp_claim) == 16, "no padding: compared by bytes");

// Room for a rule to work in, one for each claim, zero at first.
struct dp_claimant {
    uint32_t slot, skip;
    uint64_t taken;
};

struct dp_slot_rule {
    uint32_t slot_count;
    struct dp_claim (*claim)(const struct dp_listed *listed);
    // Gives every slot a position; `count` > 0 claims, newest first, one share at least is not 0.
    void (*fill)(uint16_t *positions, const struct dp_claim *claims, struct dp_claimant *claimants,
                 uint32_t count);
};

struct dp_slot_table {
    const struct dp_slot_rule *rule;
    uint64_t hash; // of rule and claims
    struct dp_claim *claims;
    uint32_t claim_count;
    uint32_t references; // sets that hold it; control's
    uint16_t positions[];
};

// The tables of one snapshot: open addressing, at most half full.
struct dp_slot_tables {
    struct dp_slot_table **tables;
    uint32_t mask;
};

// Control. Room for `capacity` tables.
bool dp_slot_tables_create(struct dp_slot_tables *set, uint32_t capacity);
// Frees the tables that no other set holds.
void dp_slot_tables_destroy(struct dp_slot_tables *set);
// Control. The table of these claims: the set's own, that of `previous` (may be NULL), or a new
// one. The set holds it. Takes `claims` (malloc) over; NULL when memory is short.
const struct dp_slot_table *dp_slot_tables_get(struct dp_slot_tables *set,
                                               const struct dp_slot_tables *previous,
                                               const struct dp_slot_rule *rule,
                                               struct dp_claim *claims, uint32_t count);

// A slot of the row that `claimant` prefers most among the free ones (positions of DP_SLOT_EMPTY):
// slot, slot + skip, slot + 2 skip, ... modulo `slot_count`, a prime. At least one is free.
static inline uint32_t dp_slot_prefer(const uint16_t *positions, struct dp_claimant *claimant,
                                      uint32_t slot_count)
{
    while (positions[claimant->slot] != DP_SLOT_EMPTY) {
        claimant->slot += claimant->skip;
        claimant->slot -= claimant->slot >= slot_count ? slot_count : 0;
    }
    return claimant->slot;
}

#endif
