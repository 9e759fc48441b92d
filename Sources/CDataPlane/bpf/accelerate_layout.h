// SPDX-License-Identifier: Apache-2.0
//
// What the XDP program shares with the data plane: accelerate.bpf.c reads these, ports/accelerate.c
// writes them, and the other way round for the counters. Each is an array that both have in memory;
// the flow lines are struct dp_flow (flow.h) as they stand.

#ifndef DP_BPF_ACCELERATE_LAYOUT_H
#define DP_BPF_ACCELERATE_LAYOUT_H

#define DP_FAST_FLOW_WORDS 8 // of 64 bits, in a line
// Lines that are looked at: what stands farther from its home is userspace's.
#define DP_FAST_PROBES 8
#define DP_FAST_STATES 10 // enum dp_flow_state

// Constant while the program is loaded.
struct dp_fast_constants {
    unsigned long long line_count;
    unsigned int first_line; // element of the flow array
    unsigned int shard_mask; // counters are kept so many times, by the CPU's number
    unsigned int shards_are_shared;
    unsigned int sends_back; // frames for the ingress go out by XDP_TX, else by a redirection
    // dp_flow_hash()'s: the lower and upper halves.
    unsigned long long ipv4[3][2];
    unsigned long long ipv6[6][2];
};

// One element.
struct dp_fast_settings {
    unsigned long long mac; // of the ingress, in the first six bytes
    unsigned int ingress;
    unsigned int enabled;
    unsigned int preserves_source;
    unsigned int unused;
    unsigned int timeout_ms[DP_FAST_STATES];
};

// A real server, by its index. `state` is 0 while it is userspace's alone; else it is another number
// with each change, so that a reader notices one.
struct dp_fast_real {
    unsigned char header[12]; // destination and source MAC address
    unsigned int egress;
    unsigned int state;
    unsigned int service;                 // index
    unsigned short first_port, last_port; // its service's, host byte order
    unsigned int unused;
};

// Of a real server or a service: behind the real servers' come the services', and then the next shard.
struct dp_fast_traffic {
    unsigned long long packets, bytes;
};

#endif
