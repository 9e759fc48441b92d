// SPDX-License-Identifier: Apache-2.0
//
// Source hashing: the client's address [and port, with sh-port] names one of 256 slots, which the
// real servers hold in runs as long as their weights, in the list's order, over and over. One of
// weight 0 holds one slot at a time, as in the kernel: its clients get nobody, or with sh-fallback
// the next one that takes them. Flow miss, any worker.

#include "../scheduler.h"
#include "hash.h"

enum { SLOTS = DP_SH_SLOTS };

static struct dp_claim claim(const struct dp_listed *listed)
{
    uint64_t run = listed->weight > 0 ? listed->weight : 1;
    return (struct dp_claim){.share = listed->usable ? run : 0};
}

static void fill(uint16_t *positions, const struct dp_claim *claims, struct dp_claimant *claimants,
                 uint32_t count)
{
    (void)claimants;
    for (uint32_t slot = 0, next = 0; slot < SLOTS; next = (next + 1) % count) {
        for (uint64_t run = 0; run < claims[next].share && slot < SLOTS; run++) {
            positions[slot++] = (uint16_t)next;
        }
    }
}

static uint32_t pick(const struct dp_choice *choice)
{
    const struct dp_service *service = choice->service;
    bool by_port = (service->scheduler_flags & DP_SCHEDULER_PORT) != 0;
    uint32_t home = dp_hash_8(dp_client_number(dp_key_words(&choice->packet->key).word, by_port));
    uint32_t real = dp_choice_slot(choice, home);
    bool may_go_on = (service->scheduler_flags & DP_SCHEDULER_FALLBACK) != 0;
    // On from twice the home slot: the kernel adds it to the hash once more.
    for (uint32_t i = 0; real != DP_NO_REAL && !dp_choice_schedulable(choice, real); i++) {
        real = may_go_on && i < SLOTS ? dp_choice_slot(choice, (2 * home + i) % SLOTS) : DP_NO_REAL;
    }
    return real;
}

static const struct dp_slot_rule slots = {.slot_count = SLOTS, .claim = claim, .fill = fill};

const struct dp_scheduler dp_scheduler_sh = {
    .name = "sh", .pick = pick, .slots = &slots, .agrees = true};
