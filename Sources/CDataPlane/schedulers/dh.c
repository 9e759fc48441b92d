// SPDX-License-Identifier: Apache-2.0
//
// Destination hashing: the VIP names one of 256 slots, which the real servers hold in turn,
// whatever their weights. Flow miss, any worker.

#include "../scheduler.h"
#include "hash.h"

enum { SLOTS = DP_SH_SLOTS };

static struct dp_claim claim(const struct dp_listed *listed)
{
    return (struct dp_claim){.share = listed->usable};
}

static void fill(uint16_t *positions, const struct dp_claim *claims, struct dp_claimant *claimants,
                 uint32_t count)
{
    (void)claimants;
    for (uint32_t slot = 0, next = 0; slot < SLOTS; next = (next + 1) % count) {
        if (claims[next].share > 0) {
            positions[slot++] = (uint16_t)next;
        }
    }
}

static uint32_t pick(const struct dp_choice *choice)
{
    uint32_t slot = dp_hash_8(dp_hash_number(&choice->packet->key.vip));
    uint32_t real = dp_choice_slot(choice, slot);
    return real != DP_NO_REAL && dp_choice_schedulable(choice, real) ? real : DP_NO_REAL;
}

static const struct dp_slot_rule slots = {.slot_count = SLOTS, .claim = claim, .fill = fill};

const struct dp_scheduler dp_scheduler_dh = {
    .name = "dh", .pick = pick, .slots = &slots, .agrees = true};
