// SPDX-License-Identifier: Apache-2.0

#ifndef DP_REWRITE_H
#define DP_REWRITE_H

#include "snapshot.h"

#include <string.h>

// Destination MAC := the real server's, source MAC := its egress interface's, unless the source is
// to be preserved. Nothing behind these bytes changes.
static inline void dp_rewrite(uint8_t *ethernet, const struct dp_real *real, bool preserve_source)
{
    if (__builtin_expect(preserve_source, false)) {
        memcpy(ethernet, real->header, DP_MAC_LENGTH);
    } else {
        memcpy(ethernet, real->header, sizeof real->header);
    }
}

#endif
