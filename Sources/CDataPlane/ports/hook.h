// SPDX-License-Identifier: Apache-2.0
//
// The places of our tc programs on an interface. Control thread.

#ifndef DP_HOOK_H
#define DP_HOOK_H

#include <stdint.h>

enum dp_seat { DP_SEAT_GUARD, DP_SEAT_CHECK_OUT, DP_SEAT_CHECK_IN, DP_SEAT_COUNT };

// Puts the program on its seat of the interface, in one step in the place of one that an earlier
// process left; one that sits there already costs no change. Returns 1 when it took the seat over, 0
// when not, -EEXIST when it is somebody else's, -errno.
int dp_hook_attach(uint32_t interface, enum dp_seat seat, int program_fd);
// Takes the program off its seat, if one of ours is there, and the hook when it was made for our
// programs and this was the last that used it. 0 or -errno.
int dp_hook_detach(uint32_t interface, enum dp_seat seat);

#endif
