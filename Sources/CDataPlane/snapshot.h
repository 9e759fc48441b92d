// SPDX-License-Identifier: Apache-2.0
//
// The immutable forwarding table that the workers read. Built whole by control, published with one
// release store (forwarder.c), freed when no worker reads it any more.

#ifndef DP_SNAPSHOT_H
#define DP_SNAPSHOT_H

#include "slot_table.h"

enum { DP_FLOW_STATES = 10 }; // enum dp_flow_state

// What the fast tiers will share: a real server as a flow's index finds it.
struct dp_real {
    uint8_t header[2 * DP_MAC_LENGTH]; // destination and source MAC address, as they go out
    uint32_t egress;
    uint32_t weight;   // 0 when it takes no new flows, for whatever cause
    uint16_t usable;   // it is up, and frames can be sent to it
    uint16_t linked;   // frames can be sent to it
    uint32_t service;  // index
    uint32_t position; // in its service's list
};
_Static_assert(sizeof(struct dp_real) == 32, "two a cache line");

// What becomes of a service's packets.
enum dp_manner {
    DP_MANNER_FLOWS,
    DP_MANNER_ONE_PACKET, // UDP: each is scheduled by itself
    DP_MANNER_STANDBY,    // dropped; all its real servers are unusable
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
    uint32_t persistence_ms;  // 0: none
    uint16_t first_port_be;   // what its templates are known by
    uint8_t manner;           // enum dp_manner
    uint8_t on_down;          // enum dp_on_down
    union dp_address client_mask;
};

// Ports of a service that are not single ones, in host order.
struct dp_range {
    uint16_t first, last;
    uint32_t protocol;
    uint32_t service; // index
    uint32_t vip;     // its entry's place
};

// A VIP, or a port of one with its service. A VIP has port 0 and protocol 0; port 0 with a protocol
// is that of the service that has any port.
struct dp_entry {
    union dp_address vip;
    uint32_t port_and_protocol; // dp_entry_name()
    uint32_t value; // of a service its index + 1, of a VIP enum dp_vip_flag; 0 marks a free entry
    union {
        const struct dp_service *service; // of a port
        struct {
            uint32_t first_range, range_count; // of a VIP
        };
    };
};
_Static_assert(sizeof(struct dp_entry) == 32, "two entries a cache line");

enum dp_vip_flag {
    DP_VIP_PRESENT = 1 << 0,
    DP_VIP_OWNED = 1 << 1, // the data plane answers for it
};

// By enum dp_flow_state; of a template it is its service's.
struct dp_timeouts {
    uint32_t by_state_ms[DP_FLOW_STATES];
};

// Of the table's three that can be set, and the fixed ones.
struct dp_timeouts dp_timeouts_of(const struct dp_table_input *table);

struct dp_snapshot {
    uint8_t ingress_mac[DP_MAC_LENGTH];
    uint64_t ingress_mac_word; // the same in its first six bytes
    bool preserve_source_mac;
    uint32_t ingress;
    struct dp_timeouts timeouts;
    enum dp_no_flow no_flow;
    bool takes_over;
    enum dp_no_real_server no_real_server;
    uint32_t answers_per_second;
    struct dp_entry *entries; // open addressing, at most half full
    uint32_t entry_mask;
    struct dp_range *ranges; // a VIP's one behind the other, ascending by protocol and port
    uint32_t range_count;
    struct dp_service *services; // by index
    uint32_t service_end;
    struct dp_real *reals; // DP_REAL_CAPACITY of them, by index: what is not used costs no memory
    uint32_t real_end;
    uint32_t *order;          // the services' lists, one behind the other
    struct dp_listed *listed; // parallel to it
    struct dp_slot_tables slot_tables;
    union dp_address *owned_vips; // to announce
    uint32_t owned_vip_count;
    struct dp_snapshot *retired_next; // control's list of those that wait to be freed
};

// Control. Slot tables that `previous` (may be NULL) has too are shared with it. NULL with `error`
// set when memory is short or the input is not in order.
struct dp_snapshot *dp_snapshot_create(const struct dp_table_input *input,
                                       const struct dp_snapshot *previous, struct dp_error *error);
void dp_snapshot_destroy(struct dp_snapshot *snapshot);

static inline uint32_t dp_entry_name(uint16_t port_be, uint32_t protocol)
{
    return (uint32_t)port_be << 16 | protocol;
}

static inline bool dp_entry_is(const struct dp_entry *entry, const union dp_address *vip,
                               uint32_t name)
{
    uint64_t difference = (entry->vip.word[0] ^ vip->word[0]) |
                          (entry->vip.word[1] ^ vip->word[1]) | (entry->port_and_protocol ^ name);
    return difference == 0;
}

// The entry, or a free one where it would stand.
static inline struct dp_entry *dp_snapshot_entry(const struct dp_snapshot *snapshot,
                                                 const union dp_address *vip, uint32_t name)
{
    // The keys come from the configuration, so that nobody outside can aim at this.
    uint64_t mixed = vip->word[0] ^ vip->word[1];
    mixed ^= mixed >> 32; // what differs between VIPs stands in the high half
    mixed = (mixed + name) * 0x9E3779B97F4A7C15u;
    uint32_t slot = (uint32_t)(mixed >> 32) & snapshot->entry_mask;
    struct dp_entry *entry = &snapshot->entries[slot];
    while (!dp_entry_is(entry, vip, name) && entry->value != 0) {
        slot = (slot + 1) & snapshot->entry_mask;
        entry = &snapshot->entries[slot];
    }
    return entry; // at most half full: a free one is always met
}

// The entry's value, or 0; with port and protocol 0 that of the VIP.
static inline uint32_t dp_snapshot_find(const struct dp_snapshot *snapshot,
                                        const union dp_address *vip, uint16_t port_be,
                                        uint16_t protocol)
{
    return dp_snapshot_entry(snapshot, vip, dp_entry_name(port_be, protocol))->value;
}

// Control, while the snapshot is built (snapshot_ports.c). Returns 0, or -EEXIST when another service
// has one of the ports or says otherwise whose the VIP is.
int dp_snapshot_add_ports(struct dp_snapshot *snapshot, const struct dp_table_input *table,
                          const struct dp_service_input *service);
// When all are added.
int dp_snapshot_sort_ranges(struct dp_snapshot *snapshot);

#endif
