// SPDX-License-Identifier: Apache-2.0
//
// The director's door: how many frames its receiving thread has taken. Written on the director's CPU
// by bpf/send.bpf.c's second program, a line of its own; read by the first, which sends.
#ifndef TRAFFIC_DOOR_H
#define TRAFFIC_DOOR_H

#include <linux/types.h>

struct door {
    __u64 taken;
    __u64 side;     // the interface's receiving side, as the kernel names it; 0: not known yet
    __u32 receiver; // the thread's number
    __u32 unused[11];
};

_Static_assert(sizeof(struct door) == 64, "a cache line");

#endif
