// SPDX-License-Identifier: Apache-2.0
//
// Where the director's work is done: on one CPU, whatever the mechanism.
#ifndef TRAFFIC_SETTLE_H
#define TRAFFIC_SETTLE_H

#include "words.h"

// Gives the receiving side of an interface a kernel thread of its own (threaded NAPI) on a CPU, and
// prints the thread's number. /sys is the namespace's, as `ip netns exec` has it.
void settle(const struct words *words);
// Becomes another program, `command`, on a CPU.
void run(const struct words *words, char *command[]);

#endif
