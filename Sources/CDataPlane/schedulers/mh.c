// SPDX-License-Identifier: Apache-2.0
//
// Maglev hashing as the kernel does it (its default of 4,093 slots): the client's address [and
// port, with mh-port] names a slot. Each real server prefers the slots in an order of its own, and
// in turn they take as many as their weights say. The weights are the last ones that were not 0:
// one that is quiesced keeps its slots, and its clients get nobody, or with mh-fallback another
// one. Flow miss, any worker; filled by control.

#include "../scheduler.h"
#include "hash.h"

enum { SLOTS = DP_MH_SLOTS, TURN_BITS = 6 };

static struct dp_claim claim(const struct dp_listed *listed)
{
    return (struct dp_claim){.identity = dp_hash_number(&listed->address) + listed->port,
                             .share = listed->usable ? listed->last_weight : 0};
}

// What a share is divided by, once by the divisor that all have, then by 2 to the power `shift`.
struct scale {
    uint64_t divisor;
    int shift;
};

static struct scale scale_of(const struct dp_claim *claims, uint32_t count)
{
    uint64_t divisor = 0, greatest = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t a = divisor, b = claims[i].share;
        while (b != 0) {
            uint64_t rest = a % b;
            a = b;
            b = rest;
        }
        divisor = a;
        greatest = claims[i].share > greatest ? claims[i].share : greatest;
    }
    int bits = 64 - __builtin_clzll(greatest / divisor);
    return (struct scale){divisor, bits > TURN_BITS ? bits - TURN_BITS : 0};
}

static void fill(uint16_t *positions, const struct dp_claim *claims, struct dp_claimant *claimants,
                 uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = (uint32_t)claims[i].identity;
        claimants[i].slot = dp_mh_slot(number);
        claimants[i].skip = dp_sip_hash(DP_MH_SECOND_KEY, number) % (SLOTS - 1) + 1;
    }
    struct scale scale = scale_of(claims, count);
    for (uint32_t taken = 0, i = 0; taken < SLOTS; i = (i + 1) % count) {
        uint64_t turns = claims[i].share / scale.divisor >> scale.shift;
        turns = turns == 0 && claims[i].share > 0 ? 1 : turns;
        for (; turns > 0 && taken < SLOTS; turns--, taken++) {
            positions[dp_slot_prefer(positions, &claimants[i], SLOTS)] = (uint16_t)i;
        }
    }
}

static uint32_t pick(const struct dp_choice *choice)
{
    const struct dp_service *service = choice->service;
    if (service->greatest_weight == 0) {
        return DP_NO_REAL; // spares the walk below
    }
    bool by_port = (service->scheduler_flags & DP_SCHEDULER_PORT) != 0;
    uint32_t number = dp_client_number(dp_key_words(&choice->packet->key).word, by_port);
    uint32_t home = dp_mh_slot(number);
    uint32_t real = dp_choice_slot(choice, home);
    if (real == DP_NO_REAL || dp_choice_schedulable(choice, real)) {
        return real;
    }
    bool may_go_on = (service->scheduler_flags & DP_SCHEDULER_FALLBACK) != 0 &&
                     dp_choice_is_any_schedulable(choice);
    for (uint32_t i = 0; may_go_on && i < SLOTS; i++) {
        real = dp_choice_slot(choice, dp_mh_slot(number + (home + i) % SLOTS));
        if (real == DP_NO_REAL || dp_choice_schedulable(choice, real)) {
            return real;
        }
    }
    return DP_NO_REAL;
}

static const struct dp_slot_rule slots = {.slot_count = SLOTS, .claim = claim, .fill = fill};

const struct dp_scheduler dp_scheduler_mh = {
    .name = "mh", .pick = pick, .slots = &slots, .agrees = true};
