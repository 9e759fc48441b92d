// SPDX-License-Identifier: Apache-2.0
//
// A worker's side of a capture. Without one a batch costs a relaxed load.

#ifndef DP_CAPTURE_H
#define DP_CAPTURE_H

#include "pipeline.h"

// How control hands a ring to a worker, and learns when the worker has let go of it.
struct dp_capture_hook {
    _Atomic(struct dp_capture *) wanted; // control's
    _Atomic(struct dp_capture *) used;   // the worker's, during a batch
};

// The ring to capture the batch into, which stays until dp_capture_done(); mostly NULL.
static inline struct dp_capture *dp_capture_begin(struct dp_capture_hook *hook)
{
    struct dp_capture *capture = atomic_load_explicit(&hook->wanted, memory_order_relaxed);
    if (__builtin_expect(capture != NULL, 0)) {
        // Sequentially consistent, as the load behind it, and control's store to `wanted` before its
        // load of `used`: either control sees this mark, or we see that the ring was taken away.
        atomic_store(&hook->used, capture);
        if (atomic_load(&hook->wanted) != capture) {
            atomic_store(&hook->used, NULL);
            return NULL;
        }
    }
    return capture;
}

static inline void dp_capture_done(struct dp_capture_hook *hook)
{
    // Pairs with control's load: our writes to the ring are over.
    atomic_store_explicit(&hook->used, NULL, memory_order_release);
}

// Copies up to DP_BATCH frames as they came, before forwarding changes them.
void dp_capture_keep(struct dp_capture *capture, const struct dp_frame *frames, uint32_t count);

// Puts those of the frames kept that the filter wants into the ring, as they came and, of those that
// were sent, as they went. `time_ns`: since 1970.
void dp_capture_write(struct dp_capture *capture, const struct dp_snapshot *snapshot,
                      const struct dp_frame *frames, const struct dp_outcome *outcomes,
                      uint32_t count, uint64_t time_ns);

// The same for frames that were kept in a batch before, and are sent now: `outcomes[i]` is of frame i
// of `out`.
void dp_capture_write_sent(struct dp_capture *capture, const struct dp_snapshot *snapshot,
                           const struct dp_transmit *out, const struct dp_outcome *outcomes,
                           uint64_t time_ns);

#endif
