// SPDX-License-Identifier: Apache-2.0
//
// What the program that hands frames to the sockets of AF_XDP shares with ports/divert.c.

#ifndef DP_BPF_XDP_PORT_LAYOUT_H
#define DP_BPF_XDP_PORT_LAYOUT_H

#define DP_XDP_QUEUES_MAX 64 // a socket and a worker each

// One element.
struct dp_xdp_port_settings {
    unsigned long long mac; // of the interface: its bytes in the order of the wire, then zeros
};

#endif
