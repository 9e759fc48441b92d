// SPDX-License-Identifier: Apache-2.0
//
// The minimal forwarders: each the least that its mechanism takes to do direct routing for one
// service, to measure mechanisms by. All run until they are killed.
#ifndef TRAFFIC_FORWARD_H
#define TRAFFIC_FORWARD_H

#include "service.h"
#include "words.h"

#include <stdbool.h>
#include <stdint.h>

struct bpf_object;

struct forwarder {
    struct service service;
    uint32_t ingress;          // the interface towards the clients
    struct flow_line *lines;   // FLOW_LINES, for those in userspace
    struct bpf_object *kernel; // its programs, loaded
};

void forward_xdp(struct forwarder *forwarder, const char *program);
void forward_xsk(struct forwarder *forwarder);
void forward_packet(struct forwarder *forwarder);

// True and rewritten where the frame is the service's.
bool forward_frame(struct forwarder *forwarder, uint8_t *frame, uint32_t length);

// Says so on standard output: from now on frames are forwarded.
void forward_is_ready(void);

void forward(const struct words *words);

#endif
