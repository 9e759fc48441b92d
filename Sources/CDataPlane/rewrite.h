// SPDX-License-Identifier: Apache-2.0

#ifndef DP_REWRITE_H
#define DP_REWRITE_H

#include "snapshot.h"

#include <string.h>

// Destination MAC := the real server's, source MAC := its egress interface's, unless the source is
// to be preserved. Nothing behind these bytes changes.
static inline void dp_rewrite(uint8_t *ethernet, const struct dp_real *real, bool preserve_source)
{
    memcpy(ethernet, real->header, DP_MAC_LENGTH);
    if (!preserve_source) {
        memcpy(ethernet + DP_MAC_LENGTH, real->header + DP_MAC_LENGTH, DP_MAC_LENGTH);
    }
}

#endif
