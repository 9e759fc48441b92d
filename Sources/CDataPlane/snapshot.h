// SPDX-License-Identifier: Apache-2.0
//
// The immutable forwarding table that the workers read. Built whole by control, published with one
// release store (forwarder.c), freed when no worker reads it any more.

#ifndef DP_SNAPSHOT_H
#define DP_SNAPSHOT_H

#include "slot_table.h"

// What the fast tiers will share: a real server as a flow's index finds it.
struct dp_real {
    uint8_t header[2 * DP_MAC_LENGTH]; // destination and source MAC address, as they go out
    uint32_t egress;
    uint32_t weight;   // 0 when it takes no new flows, for whatever cause
    uint32_t usable;   // frames can be sent to it
    uint32_t service;  // index
    uint32_t position; // in its service's list
};

struct dp_service {
    const struct dp_scheduler *scheduler;
    const uint32_t *reals; // real server indexes, newest first: the order that schedulers walk
    const struct dp_listed *listed;    // what else is known of them, in the same order
    const struct dp_slot_table *slots; // of a scheduler that has a rule for one
    uint32_t scheduler_flags;          // enum dp_scheduler_flag
    uint32_t real_count;
    uint32_t index;
    uint32_t greatest_weight; // of the schedulable ones
    uint32_t weight_gcd;      // at least 1
    uint32_t revision;        // 24 bits that change when the list or a weight does
};

// A VIP, or a service of one. VIPs have port 0 and protocol 0.
struct dp_entry {
    union dp_address vip;
    uint16_t port_be;
    uint16_t protocol;
    uint32_t value; // of a service its index + 1, of a VIP enum dp_vip_flag; 0 marks a free entry
    uint64_t unused;
};
_Static_assert(sizeof(struct dp_entry) == 32, "two entries a cache line");

enum dp_vip_flag {
    DP_VIP_PRESENT = 1 << 0,
    DP_VIP_OWNED = 1 << 1, // the data plane answers for it
};

struct dp_timeouts {
    uint32_t tcp_ms, tcp_fin_ms, udp_ms;
};

struct dp_snapshot {
    uint8_t ingress_mac[DP_MAC_LENGTH];
    bool preserve_source_mac;
    uint32_t ingress;
    struct dp_timeouts timeouts;
    enum dp_no_flow no_flow;
    enum dp_no_real_server no_real_server;
    uint32_t answers_per_second;
    struct dp_entry *entries; // open addressing, at most half full
    uint32_t entry_mask;
    struct dp_service *services; // by index
    uint32_t service_end;
    struct dp_real *reals; // by index
    uint32_t real_end;
    uint32_t *order;          // the services' lists, one behind the other
    struct dp_listed *listed; // parallel to it
    struct dp_slot_tables slot_tables;
    uint32_t *owned_vips_be; // to announce
    uint32_t owned_vip_count;
    struct dp_snapshot *retired_next; // control's list of those that wait to be freed
};

// Control. Slot tables that `previous` (may be NULL) has too are shared with it. NULL with `error`
// set when memory is short or the input is not in order.
struct dp_snapshot *dp_snapshot_create(const struct dp_table_input *input,
                                       const struct dp_snapshot *previous, struct dp_error *error);
void dp_snapshot_destroy(struct dp_snapshot *snapshot);

// The entry's value, or 0.
uint32_t dp_snapshot_find(const struct dp_snapshot *snapshot, const union dp_address *vip,
                          uint16_t port_be, uint16_t protocol);

#endif
