// SPDX-License-Identifier: Apache-2.0
//
// The data plane's contract with Swift, continued from CDataPlane.h: checks that ask a real server
// for a VIP. A socket with a mark (SO_MARK) that names the VIP connects to the RIP; programs on tc
// egress and ingress turn RIP into VIP on the way out and back on the way in, so that the packets go
// to the VIP through the real server's MAC address. TCP, UDP and ICMP echo over both versions of IP,
// and the ICMP errors that they cause. Packets without a mark that is known stay as they are.

#ifndef CDATAPLANECHECK_H
#define CDATAPLANECHECK_H

#include "CDataPlane.h"

enum { DP_CHECK_VIPS_MAX = 65535 };

struct dp_check;

// Loads the programs into the kernel (CAP_BPF, CAP_NET_ADMIN). The caller owns the result.
struct dp_check *dp_check_create(struct dp_error *error);
// Gives the programs up; attached ones stay in the kernel with their maps.
void dp_check_destroy(struct dp_check *check);
// Control. From now on `mark`, which is not 0, names `vip`; at most DP_CHECK_VIPS_MAX do at a time.
int dp_check_tell(struct dp_check *check, uint32_t mark, const struct dp_ip *vip,
                  struct dp_error *error);
// Control. The mark names no VIP any more: packets that bear it go to the RIP.
int dp_check_untell(struct dp_check *check, uint32_t mark, struct dp_error *error);

// Control. Puts the programs on an Ethernet interface of the calling thread's network namespace,
// each in one step in the place of one that an earlier process left. Where they are already nothing
// is changed. Returns 1 when it took one over, else 0.
int dp_check_attach(struct dp_check *check, uint32_t interface, struct dp_error *error);
// Control. Takes the programs off, and the hook when ours had made it and nothing else uses it. An
// interface that is gone is none to fail for.
int dp_check_detach(uint32_t interface, struct dp_error *error);

// Control. What a program makes of a frame of 14 bytes or more that leaves with a mark (`out`), or
// that `interface` received: the frame is changed as the program changes it; nothing is sent, but
// ways back are remembered. For tests.
int dp_check_try(struct dp_check *check, bool out, uint32_t mark, uint32_t interface,
                 uint8_t *frame, uint32_t length, struct dp_error *error);

#endif
