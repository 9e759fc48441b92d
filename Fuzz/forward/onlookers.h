// SPDX-License-Identifier: Apache-2.0
//
// Those who look at the pipeline while it works, and must not change it: capture and explain.

#ifndef FUZZ_ONLOOKERS_H
#define FUZZ_ONLOOKERS_H

#include "CDataPlaneCapture.h"
#include "arrivals.h"
#include "frames.h"

// `choice`: how much of a packet is kept (6 bits), whether of one service, of one real server.
struct dp_capture *capture_open(uint8_t choice);
// Takes what was captured of a batch: all of it, where the choice was for all.
void capture_judge(struct dp_capture *capture, uint8_t choice, const struct arrivals *arrivals);

// A frame that dp_explain() can be asked about, as like the one described as can be.
struct description askable(const struct description *description);
// What will become of that frame, if it comes now.
struct dp_outcome explain(struct dp_forwarder *forwarder, const struct description *description,
                          uint64_t now_ms);
// Whether that is what became of it.
void judge_explanation(struct dp_outcome explained, struct dp_outcome outcome);

#endif
