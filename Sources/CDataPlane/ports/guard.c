// SPDX-License-Identifier: Apache-2.0
//
// The guard on an interface's tc ingress, behind our tap. It stays over a crash, so that nobody is
// reset during a restart. Control thread.

#include "hook.h"
#include "tap.h"

int dp_guard_attach(struct dp_tap *tap, uint32_t interface, struct dp_error *error)
{
    int result = dp_hook_attach(interface, DP_SEAT_GUARD, tap->guard_fd);
    *error =
        (struct dp_error){"attach the guard to the interface's ingress", result < 0 ? -result : 0};
    return result;
}

int dp_guard_detach(uint32_t interface, struct dp_error *error)
{
    int failure = dp_hook_detach(interface, DP_SEAT_GUARD);
    *error = (struct dp_error){"take the guard off the interface", -failure};
    return failure;
}
