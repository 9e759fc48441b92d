// SPDX-License-Identifier: Apache-2.0
//
// What the XDP program shares with the data plane: accelerate.bpf.c reads these, ports/accelerate.c
// writes them, and the other way round for the counters. Each is an array that both have in memory;
// the flow lines are struct dp_flow (flow.h) as they stand.
//
// Two ways lead from a frame to its real server. Any flow's line names it. A flow of a service whose
// scheduler has a slot table finds it without its line, in memory that does not grow with the flows,
// where its bit says that it is known: that the table names the real server that the flow has.

#ifndef DP_BPF_ACCELERATE_LAYOUT_H
#define DP_BPF_ACCELERATE_LAYOUT_H

#include "../schedulers/slot_hash.h"

#define DP_FAST_FLOW_WORDS 8 // of 64 bits, in a line
// Lines in which a flow may stand: DP_FLOW_WINDOW.
#define DP_FAST_PROBES 64
#define DP_FAST_STATES 10 // enum dp_flow_state

// Constant while the program is loaded.
struct dp_fast_constants {
    unsigned long long line_count;
    unsigned int first_line; // element of the flow array
    unsigned int shard_mask; // counters are kept so many times, by the CPU's number
    unsigned int shards_are_shared;
    unsigned int sends_back; // frames for the ingress go out by XDP_TX, else by a redirection
    unsigned int known_mask; // words of known flows - 1
    unsigned int unused;
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
    unsigned int by_slots; // the services and slots are in force; they change only while this is 0
    unsigned int timeout_ms[DP_FAST_STATES];
    // How many workers take what the program has begun; in a cache line of its own.
    unsigned int attended;
    unsigned int unused[15];
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

// Where a flow's hash has its bit.
#define DP_KNOWN_BIT(hash) (1ull << ((hash) >> 16 & 63))
#define DP_KNOWN_WORD(hash, mask) ((unsigned int)((hash) >> 22) & (mask))

// Of 64 flows, or several times 64. `known` is set by the program, by and by, and cleared by userspace
// when the flow ends or the slots change. `seen` is set by the program, and taken by userspace every
// few seconds. Where a flow has another real server than the slots say, a third bit, which stands
// apart, bars it from being known; userspace sets and clears that while `by_slots` is 0.
struct dp_known {
    unsigned long long known, seen;
};

enum dp_slot_rule_id { DP_SLOT_FIXED, DP_SLOT_SH, DP_SLOT_MH, DP_SLOT_MAGLEV };

enum {
    DP_FAST_SERVICES = 32768, // places, twice as many as there are services
    DP_FAST_SERVICE_PROBES = 8,
    DP_FAST_SLOTS = 1 << 22,
    DP_FAST_LISTED = 1 << 18,
    DP_FAST_OPENINGS = 1 << 12, // a CPU's ring
    DP_FAST_NOBODY = 0xFFFFFFFF,
};

// A service with one port and a slot table, at the place that its address names or soon behind it.
struct dp_fast_service {
    unsigned long long vip[2];
    unsigned int name;       // dp_entry_name(); 0: free
    unsigned int rule;       // enum dp_slot_rule_id
    unsigned int by_port;    // the client's port counts
    unsigned int fixed;      // the slot, where it is the same for all
    unsigned int first_slot; // of the slots: positions in the list
    unsigned int
        first_listed; // of the listed: real server indexes, DP_FAST_NOBODY where it is userspace's
    unsigned int listed_count;
    unsigned int unused[5];
};

#define DP_FAST_SERVICE_PLACE(vip0, vip1, name)                                                    \
    ((unsigned int)(((((vip0) ^ (vip1)) ^ ((vip0) ^ (vip1)) >> 32) + (name)) *                     \
                        0x9E3779B97F4A7C15ull >>                                                   \
                    32) &                                                                          \
     (DP_FAST_SERVICES - 1))

// The slot of the service's table for a flow's key, of five words.
DP_SLOT_INLINE unsigned int dp_fast_slot(const struct dp_fast_service *service,
                                         const unsigned long long *key)
{
    switch (service->rule) {
    case DP_SLOT_SH:
        return dp_hash_8(dp_client_number(key, service->by_port != 0));
    case DP_SLOT_MH:
        return dp_mh_slot(dp_client_number(key, service->by_port != 0));
    case DP_SLOT_MAGLEV:
        return dp_maglev_slot(dp_maglev_hash(key));
    default:
        return service->fixed;
    }
}

// Whether the service is the one that a flow's key names.
DP_SLOT_INLINE int dp_fast_service_is(const struct dp_fast_service *service,
                                      const unsigned long long *key, unsigned int name)
{
    return ((service->vip[0] ^ key[2]) | (service->vip[1] ^ key[3]) | (service->name ^ name)) == 0;
}

// dp_entry_name() of a flow's key.
DP_SLOT_INLINE unsigned int dp_fast_name(const unsigned long long *key)
{
    return (unsigned int)(key[4] & 0xFFFF0000) | (unsigned int)(key[4] >> 32);
}

// Elements of the slots and the listed, the first one lowest: an array's are 8 bytes at least.
struct dp_fast_slots {
    unsigned long long positions; // four
};
struct dp_fast_listed {
    unsigned long long reals; // two
};

// Flows that the program has begun, each of which a worker writes into the flow table: a ring for each
// CPU. A record stands where its number is, modulo DP_FAST_OPENINGS.
struct dp_fast_ring {
    unsigned long long written; // by the program; in its own cache line, as the other
    unsigned long long unused[7];
    unsigned long long taken; // by the workers
    unsigned long long unused_too[7];
};
struct dp_fast_opening {
    unsigned long long key[5];
    unsigned long long hash;
    unsigned int real;
    unsigned int unused;
};

// Of a real server or a service: behind the real servers' come the services', and then the next shard.
struct dp_fast_traffic {
    unsigned long long packets, bytes;
};

#endif
