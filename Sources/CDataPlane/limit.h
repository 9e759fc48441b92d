// SPDX-License-Identifier: Apache-2.0
//
// How many errors a worker answers in a second: a bucket of tokens, one second deep. One writer.

#ifndef DP_LIMIT_H
#define DP_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

enum { DP_TOKEN = 1000 }; // thousandths: whole tokens a second are these a millisecond

struct dp_limiter {
    uint64_t spent; // of the bucket's depth
    uint64_t filled_ms;
};

static inline bool dp_limiter_take(struct dp_limiter *limiter, uint32_t per_second, uint64_t now_ms)
{
    uint64_t depth = (uint64_t)per_second * DP_TOKEN;
    uint64_t elapsed = now_ms - limiter->filled_ms;
    uint64_t filled = elapsed < 1000 ? elapsed * per_second : depth;
    limiter->filled_ms = now_ms;
    limiter->spent = limiter->spent > filled ? limiter->spent - filled : 0;
    if (limiter->spent + DP_TOKEN > depth) {
        return false;
    }
    limiter->spent += DP_TOKEN;
    return true;
}

#endif
