// SPDX-License-Identifier: Apache-2.0
//
// Maglev hashing (Eisenbud et al., NSDI 2016, section 3.4) over the flow's five parts: its hash
// names one of 65,537 slots. Each real server prefers the slots in an order of its own, and they
// take them bit by bit in proportion to their weights, so that few flows move when one comes or
// goes. Nothing here has a secret: every director with the same real servers picks the same. Flow
// miss, any worker; filled by control.

#include "../scheduler.h"
#include "hash.h"

#include <arpa/inet.h>

enum {
    SLOTS = DP_MAGLEV_SLOTS,
    // So many slots of one that takes no flows are passed over; behind them the list is shorter.
    PROBES = 256,
};

// Without the port: services that differ in no more than that share a table.
static struct dp_claim claim(const struct dp_listed *listed)
{
    uint64_t high = (uint64_t)ntohl(listed->address.quad[0]) << 32 | ntohl(listed->address.quad[1]);
    uint64_t low = (uint64_t)ntohl(listed->address.quad[2]) << 32 | ntohl(listed->address.quad[3]);
    return (struct dp_claim){.identity = dp_mix(dp_mix(high) ^ low),
                             .share = listed->usable ? listed->weight : 0};
}

// How many slots the greatest share takes a round: 1 where the shares are alike, more where a few
// are much greater than the others, so that there are not many rounds in which most take nothing.
static uint64_t stride_of(const struct dp_claim *claims, uint32_t count, uint64_t greatest)
{
    uint64_t sum = 0, stride = 1;
    for (uint32_t i = 0; i < count; i++) {
        sum += claims[i].share;
    }
    while (stride * sum * 16 < greatest * count) {
        stride *= 2;
    }
    return stride;
}

static void fill(uint16_t *positions, const struct dp_claim *claims, struct dp_claimant *claimants,
                 uint32_t count)
{
    uint64_t greatest = 0;
    for (uint32_t i = 0; i < count; i++) {
        claimants[i].slot = (uint32_t)(dp_mix(claims[i].identity) % SLOTS);
        claimants[i].skip = (uint32_t)(dp_mix(~claims[i].identity) % (SLOTS - 1)) + 1;
        greatest = claims[i].share > greatest ? claims[i].share : greatest;
    }
    uint64_t stride = stride_of(claims, count, greatest);
    uint32_t taken = 0;
    for (uint64_t due = stride; taken < SLOTS; due += stride) {
        for (uint32_t i = 0; i < count; i++) {
            uint64_t own = due * claims[i].share / greatest;
            for (; claimants[i].taken < own && taken < SLOTS; claimants[i].taken++, taken++) {
                positions[dp_slot_prefer(positions, &claimants[i], SLOTS)] = (uint16_t)i;
            }
        }
    }
}

// One of those that are schedulable, each as likely as the next; the same for the same hash.
static uint32_t pick_in_list(const struct dp_choice *choice, uint64_t hash)
{
    const struct dp_service *service = choice->service;
    uint32_t count = 0;
    for (uint32_t i = 0; i < service->real_count; i++) {
        count += dp_choice_schedulable(choice, service->reals[i]);
    }
    uint32_t skipped = count > 0 ? (uint32_t)(hash % count) : 0;
    for (uint32_t i = 0; i < service->real_count; i++) {
        if (dp_choice_schedulable(choice, service->reals[i]) && skipped-- == 0) {
            return service->reals[i];
        }
    }
    return DP_NO_REAL;
}

static uint32_t pick(const struct dp_choice *choice)
{
    uint64_t hash = dp_maglev_hash(dp_key_words(&choice->packet->key).word);
    uint32_t home = dp_maglev_slot(hash);
    for (uint32_t i = 0; i < PROBES && choice->service->greatest_weight > 0; i++) {
        uint32_t real = dp_choice_slot(choice, (home + i) % SLOTS);
        if (real != DP_NO_REAL && dp_choice_schedulable(choice, real)) {
            return real;
        }
    }
    return pick_in_list(choice, hash);
}

static const struct dp_slot_rule slots = {.slot_count = SLOTS, .claim = claim, .fill = fill};

const struct dp_scheduler dp_scheduler_maglev = {
    .name = "maglev", .pick = pick, .slots = &slots, .agrees = true};
