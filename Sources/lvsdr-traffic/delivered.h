// SPDX-License-Identifier: Apache-2.0
//
// What reached the real server: written by bpf/count.bpf.c, read by the process that measures.
#ifndef TRAFFIC_DELIVERED_H
#define TRAFFIC_DELIVERED_H

#include <linux/types.h>

struct delivered {
    __u64 frames;
    __u64 bytes; // from the Ethernet header on
    __u64 acks;  // of the frames, TCP segments with ACK
};

#endif
