// SPDX-License-Identifier: Apache-2.0

#ifndef DP_FORWARDER_H
#define DP_FORWARDER_H

#include "flow_file.h"
#include "forward.h"

enum { DP_WORKER_CAPACITY = 64 };

// A worker as the forwarder knows it. `reading` is the snapshot that the worker reads now, or NULL
// while it reads none.
struct dp_reader {
    _Atomic(const struct dp_snapshot *) reading;
    struct dp_counters counters;
    _Atomic uint32_t passes; // of its sweep
    bool in_use;
};

struct dp_forwarder {
    _Atomic(struct dp_snapshot *) current; // never NULL once published
    struct dp_snapshot *retired;           // control's: replaced, perhaps still read
    struct dp_flow_memory flow_memory;
    struct dp_flow_table *flows; // in that memory
    dp_cursor *cursors;
    struct dp_accelerator *accelerator; // NULL: none
    struct dp_openings *openings;       // the accelerator's (ports/openings.h)
    struct dp_stage *stage; // control's: where packets are rehearsed (explain.c); NULL at first
    struct dp_reader readers[DP_WORKER_CAPACITY]; // a reader's counters outlive its worker
};

// Control. A free reader, or NULL when there are too many.
struct dp_reader *dp_forwarder_join(struct dp_forwarder *forwarder, struct dp_error *error);
void dp_forwarder_leave(struct dp_reader *reader);

// Control. Whether no worker reads a snapshot any more that was replaced.
bool dp_forwarder_is_settled(struct dp_forwarder *forwarder);

// Worker. The snapshot in force, which stays until dp_reader_done; NULL before the first.
const struct dp_snapshot *dp_reader_begin(struct dp_forwarder *forwarder, struct dp_reader *reader);
void dp_reader_done(struct dp_reader *reader);

#endif
