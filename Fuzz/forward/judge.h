// SPDX-License-Identifier: Apache-2.0
//
// What must hold of the pipeline, whatever comes in. It keeps its own account of the run, and ends
// the process where the two differ.

#ifndef FUZZ_JUDGE_H
#define FUZZ_JUDGE_H

#include "arrivals.h"
#include "forwarder.h"
#include "network.h"

enum { FRAMES_MAX = 4096, BYTES_MAX = 32 << 20 }; // of one run

// A fragment that waits, as the judge has it.
struct waiting {
    uint8_t *bytes;
    uint32_t length;
    uint64_t until_ms;
};

struct judge {
    const struct dp_table_input *table; // in force
    const struct dp_forwarder *forwarder;
    uint64_t received;
    uint64_t exits[DP_REASON_COUNT]; // as the outcomes said
    uint64_t waited_for;             // exits of fragments that waited, which no outcome says
    struct waiting waiting[FRAMES_MAX];
    uint32_t waiting_count;
    uint64_t digest; // of all that happened
};

void judge_begin(struct judge *judge, const struct dp_forwarder *forwarder);
// A batch went through: `outcomes` of the arrivals, which still stand in `arrivals`.
void judge_batch(struct judge *judge, const struct arrivals *arrivals,
                 const struct dp_outcome *outcomes);
// Recounts the flow table.
void judge_counts(const struct judge *judge);
// Every flow has timed out and nothing waits: the sums are what they must be.
void judge_end(struct judge *judge);

// Of an answer: that it is one to this frame, in order, and goes back to where that came from.
void judge_answer(const struct dp_table_input *table, enum dp_reason reason,
                  const struct dp_frame *asked, const struct departure *answer);
// Of a frame that nobody asked for: that it announces a VIP of ours.
void judge_announcement(const struct dp_table_input *table, const struct departure *sent);

// ---- which real server a flow has, from one frame to the next ------------------------------------

void memory_forget(void);
void memory_set(const struct dp_flow_key *key, uint32_t real);
// DP_NO_REAL: nothing is known.
uint32_t memory_get(const struct dp_flow_key *key);

#endif
