// SPDX-License-Identifier: Apache-2.0
//
// What the files of XDP acceleration share. Control thread.

#ifndef DP_ACCELERATE_STATE_H
#define DP_ACCELERATE_STATE_H

#include "../bpf/accelerate_layout.h"
#include "../forwarder.h"
#include "accelerate.h"

#include <bpf/libbpf.h>

enum { DP_EGRESS_MAX = 16 }; // interfaces beside the ingress

struct dp_egress {
    uint32_t interface;
    int link; // a descriptor; negative: it takes no program, so that nothing is redirected to it
};

struct dp_accelerator {
    struct dp_forwarder *forwarder;
    struct bpf_object *object;
    int link;         // a descriptor; negative until it is attached
    uint32_t ingress; // the VIPs' interface
    struct dp_fast_settings *settings;
    struct dp_fast_real *reals;  // what the program reads
    struct dp_fast_real *wanted; // what it is to read, with `state` 0 or 1
    volatile struct dp_fast_traffic *traffic;
    uint32_t shards;
    uint32_t generation;
    uint32_t real_end, service_end; // highest indexes ever told, + 1
    bool is_told, suspended;
    struct dp_egress egress[DP_EGRESS_MAX];
    uint32_t egress_count;
    struct dp_slot_image *slots; // accelerate_slots.c
    struct dp_accelerated_services services;
};

// The descriptor of a link of the program with this name, which goes with the process; or -errno.
// Programs that a network driver runs only: the general path of the kernel's would cost more than it
// saves.
int dp_accelerator_link(const struct dp_accelerator *accelerator, const char *name,
                        uint32_t interface);
// The memory of an array of the program's, `size` bytes of it; NULL with errno set.
void *dp_accelerator_map(struct bpf_object *object, const char *name, size_t size);
void dp_accelerator_unmap(void *start, size_t size);

// Services whose ports are one range, and whose new flows the flow table alone decides on.
bool dp_is_for_program(const struct dp_service_input *service);

// The rings of flows that the program has begun, `ring_count` of them, behind the load of the program;
// false with errno set.
bool dp_openings_create(struct dp_accelerator *accelerator, uint32_t ring_count);
void dp_openings_destroy(struct dp_accelerator *accelerator);

// The slots, behind the load of the program; false with errno set.
bool dp_slots_create(struct dp_accelerator *accelerator);
void dp_slots_destroy(struct dp_accelerator *accelerator);
// Before a publication: the program picks by slots no more where they will be others.
void dp_slots_withdraw(struct dp_accelerator *accelerator, const struct dp_table_input *table,
                       const struct dp_snapshot *snapshot);
// How many words of known flows there are for the forwarder's table, a power of two.
uint32_t dp_known_words(const struct dp_flow_table *flows);

#endif
