// SPDX-License-Identifier: Apache-2.0
//
// What the schedulers hash.

#ifndef DP_SCHEDULERS_HASH_H
#define DP_SCHEDULERS_HASH_H

#include "../frame.h"
#include "slot_hash.h"

#include <string.h>

// An address as a number: IPv4 in host order, IPv6 folded by XOR of its words.
static inline uint32_t dp_hash_number(const union dp_address *address)
{
    unsigned long long words[2];
    memcpy(words, address, sizeof words);
    return dp_address_number(words);
}

// A flow's key as the slot hashes read it.
struct dp_key_words {
    unsigned long long word[5];
};

static inline struct dp_key_words dp_key_words(const struct dp_flow_key *key)
{
    struct dp_key_words words;
    memcpy(words.word, key, sizeof words.word);
    return words;
}

#endif
