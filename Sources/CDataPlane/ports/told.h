// SPDX-License-Identifier: Apache-2.0
//
// What the kernel has been told, of one kind, so that a publication tells it only what is new: a
// set of items of one size, named by their first `key_size` bytes. Control thread.

#ifndef DP_TOLD_H
#define DP_TOLD_H

#include <stddef.h>

struct dp_tap;

struct dp_told {
    size_t item_size, key_size;
    // Tell the kernel of an item, in the place of what it was told under its key, and tell it that
    // the item is gone. 0 or -errno.
    int (*tell)(const struct dp_tap *tap, const void *item);
    int (*untell)(const struct dp_tap *tap, const void *item);
    size_t count, mask;   // of items; capacity - 1
    unsigned char *slots; // a mark and an item each; NULL: none were ever told
};

// Tells the kernel of the item unless it knows. -errno: it does not know it.
int dp_told_add(struct dp_told *told, const struct dp_tap *tap, const void *item);
// Marks an item as one that stays, when it was told. Returns 0.
int dp_told_keep(struct dp_told *told, const struct dp_tap *tap, const void *item);
// Tells the kernel that all items without a mark are gone, and takes the marks off. -errno: some
// may be left; they are items as before.
int dp_told_retire(struct dp_told *told, const struct dp_tap *tap);
// Forgets the items; the kernel is told nothing.
void dp_told_clear(struct dp_told *told);

#endif
