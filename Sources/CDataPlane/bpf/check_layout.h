// SPDX-License-Identifier: Apache-2.0
//
// Keys and values of the maps of check.bpf.c, shared with ports/check.c. Addresses as in layout.h.

#ifndef DP_BPF_CHECK_LAYOUT_H
#define DP_BPF_CHECK_LAYOUT_H

#include "layout.h"

enum {
    DP_CHECK_VIP_CAPACITY = 65535,
    // Up to two a check and one a real server and VIP: 26 s of 2,500 checks a second.
    DP_CHECK_WAY_CAPACITY = 131072,
};

// What tells a check's packets apart, as they are on the wire: VIP, our address, both ports (0 and the
// identifier of an ICMP echo), and the real server's MAC address. Without a MAC address (0): for
// replies by another NIC. With VIP and MAC address alone: the real server was asked at all.
struct dp_check_way_key {
    unsigned char vip[16];
    unsigned char local[16];
    unsigned short remote_port_be;
    unsigned short local_port_be;
    unsigned char mac[6];
    unsigned short protocol;
};

_Static_assert(sizeof(struct dp_check_way_key) == 44, "no padding");

#endif
