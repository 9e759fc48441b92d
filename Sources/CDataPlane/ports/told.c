// SPDX-License-Identifier: Apache-2.0
//
// What the kernel has been told: a hash table with linear probing, at most half full, that is made
// anew when items go. In: the items of a table to be published. Out: calls for what differs.

#include "told.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FREE, TOLD, KEPT }; // marks

enum { CAPACITY_MIN = 64 };

// FNV-1a; the keys come from the configuration, so that nobody outside can aim at this.
static uint64_t hash_of(const unsigned char *key, size_t size)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ key[i]) * 0x100000001B3u;
    }
    return hash ^ hash >> 32;
}

static unsigned char *slot_at(const struct dp_told *told, size_t index)
{
    return told->slots + index * (1 + told->item_size);
}

// The slot of the key, or the free one that it would take.
static unsigned char *find(const struct dp_told *told, const void *key)
{
    size_t index = hash_of(key, told->key_size) & told->mask;
    for (;; index = (index + 1) & told->mask) {
        unsigned char *slot = slot_at(told, index);
        if (slot[0] == FREE || memcmp(slot + 1, key, told->key_size) == 0) {
            return slot; // at most half full: a free one is always met
        }
    }
}

static void put(struct dp_told *told, const void *item)
{
    unsigned char *slot = find(told, item);
    told->count += slot[0] == FREE;
    slot[0] = TOLD;
    memcpy(slot + 1, item, told->item_size);
}

// The same set without items, with room for `count`; false when there is no memory.
static bool make_empty(struct dp_told *empty, const struct dp_told *told, size_t count)
{
    size_t capacity = CAPACITY_MIN;
    while (capacity < 2 * count) {
        capacity *= 2;
    }
    *empty = *told;
    empty->count = 0;
    empty->mask = capacity - 1;
    empty->slots = calloc(capacity, 1 + told->item_size);
    return empty->slots != NULL;
}

static bool make_room(struct dp_told *told)
{
    size_t capacity = told->slots == NULL ? 0 : told->mask + 1;
    if (2 * (told->count + 1) <= capacity) {
        return true;
    }
    struct dp_told larger;
    if (!make_empty(&larger, told, 2 * (told->count + 1))) {
        return false;
    }
    for (size_t i = 0; i < capacity; i++) {
        if (slot_at(told, i)[0] != FREE) {
            put(&larger, slot_at(told, i) + 1);
        }
    }
    free(told->slots);
    *told = larger;
    return true;
}

int dp_told_add(struct dp_told *told, const struct dp_tap *tap, const void *item)
{
    if (!make_room(told)) {
        return -ENOMEM;
    }
    const unsigned char *slot = find(told, item);
    if (slot[0] != FREE && memcmp(slot + 1, item, told->item_size) == 0) {
        return 0;
    }
    int failure = told->tell(tap, item);
    if (failure == 0) {
        put(told, item);
    }
    return failure;
}

int dp_told_keep(struct dp_told *told, const struct dp_tap *tap, const void *item)
{
    (void)tap;
    unsigned char *slot = told->slots == NULL ? NULL : find(told, item);
    if (slot != NULL && slot[0] == TOLD) {
        slot[0] = KEPT;
    }
    return 0;
}

static size_t kept_count(const struct dp_told *told)
{
    size_t count = 0;
    for (size_t i = 0; told->slots != NULL && i <= told->mask; i++) {
        count += slot_at(told, i)[0] == KEPT;
    }
    return count;
}

static int untell_others(struct dp_told *told, const struct dp_tap *tap)
{
    struct dp_told rest;
    if (!make_empty(&rest, told, told->count)) {
        return -ENOMEM;
    }
    int failure = 0;
    for (size_t i = 0; i <= told->mask; i++) {
        const unsigned char *slot = slot_at(told, i);
        int left = slot[0] == TOLD ? told->untell(tap, slot + 1) : 0;
        if (slot[0] == KEPT || left != 0) {
            put(&rest, slot + 1);
        }
        failure = left != 0 ? left : failure;
    }
    free(told->slots);
    *told = rest;
    return failure;
}

int dp_told_retire(struct dp_told *told, const struct dp_tap *tap)
{
    int failure = kept_count(told) == told->count ? 0 : untell_others(told, tap);
    for (size_t i = 0; told->slots != NULL && i <= told->mask; i++) {
        unsigned char *mark = slot_at(told, i);
        *mark = *mark == KEPT ? TOLD : *mark;
    }
    return failure;
}

void dp_told_clear(struct dp_told *told)
{
    free(told->slots);
    told->slots = NULL;
    told->count = 0;
}
