// SPDX-License-Identifier: Apache-2.0
//
// Arrays in, arrays out: a port for tests and benchmarks. A part of CDataPlane.h, and under its
// rules.

#ifndef CDATAPLANE_MEMORY_H
#define CDATAPLANE_MEMORY_H

#include "CDataPlane.h"

struct dp_port *dp_memory_open(struct dp_error *error);
// Copies one frame (14...65,600 bytes) to the end of what is to be received.
int dp_memory_push(struct dp_port *port, const uint8_t *frame, uint32_t length, bool vlan_tagged);
void dp_memory_set_time(struct dp_port *port, uint64_t now_ms);
// The bytes of a frame that was pushed, for the caller to change while no worker runs; NULL beyond the
// last.
uint8_t *dp_memory_received(const struct dp_port *port, size_t index, uint32_t *length);
// Receives what was pushed once more: the frames as they were pushed, their Ethernet headers anyway.
void dp_memory_rewind(struct dp_port *port);
// The frames sent since the last clear, in order.
size_t dp_memory_sent_count(const struct dp_port *port);
const uint8_t *dp_memory_sent(const struct dp_port *port, size_t index, uint32_t *length,
                              uint32_t *egress);
void dp_memory_clear(struct dp_port *port);
// Whether what is sent is only counted.
void dp_memory_discard(struct dp_port *port, bool discards);

#endif
