// SPDX-License-Identifier: Apache-2.0
//
// Builds the forwarding table that the workers read. In: plain arrays of the control plane. Out:
// one immutable snapshot. Control thread; nothing here runs for a frame but dp_snapshot_find.

#include "snapshot.h"

#include "scheduler.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static uint32_t entry_slot(const struct dp_snapshot *snapshot, const union dp_address *vip,
                           uint16_t port_be, uint16_t protocol)
{
    // The keys come from the configuration, so that nobody outside can aim at this.
    uint64_t mixed = vip->word[0] ^ vip->word[1];
    mixed ^= mixed >> 32; // what differs between VIPs stands in the high half
    mixed += (uint64_t)port_be << 16 | protocol;
    mixed *= 0x9E3779B97F4A7C15u;
    return (uint32_t)(mixed >> 32) & snapshot->entry_mask;
}

static bool entry_is(const struct dp_entry *entry, const union dp_address *vip, uint16_t port_be,
                     uint16_t protocol)
{
    return entry->port_be == port_be && entry->protocol == protocol &&
           dp_address_equal(&entry->vip, vip);
}

static struct dp_entry *entry_at(const struct dp_snapshot *snapshot, const union dp_address *vip,
                                 uint16_t port_be, uint16_t protocol)
{
    uint32_t slot = entry_slot(snapshot, vip, port_be, protocol);
    for (;; slot = (slot + 1) & snapshot->entry_mask) {
        struct dp_entry *entry = &snapshot->entries[slot];
        if (entry->value == 0 || entry_is(entry, vip, port_be, protocol)) {
            return entry; // at most half full: a free one is always met
        }
    }
}

uint32_t dp_snapshot_find(const struct dp_snapshot *snapshot, const union dp_address *vip,
                          uint16_t port_be, uint16_t protocol)
{
    return entry_at(snapshot, vip, port_be, protocol)->value;
}

static uint32_t gcd(uint32_t a, uint32_t b)
{
    while (b != 0) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

// FNV-1a over what a scheduler's cursor depends on.
static uint32_t revision_add(uint32_t revision, uint32_t value)
{
    return (revision ^ value) * 16777619u;
}

static void summarise(struct dp_service *service, const struct dp_real *reals)
{
    uint32_t revision = 2166136261u;
    uint32_t divisor = 0;
    for (uint32_t i = 0; i < service->real_count; i++) {
        uint32_t weight = reals[service->reals[i]].weight;
        divisor = gcd(weight, divisor);
        if (weight > service->greatest_weight) {
            service->greatest_weight = weight;
        }
        revision = revision_add(revision_add(revision, service->reals[i]), weight);
    }
    service->weight_gcd = divisor == 0 ? 1 : divisor;
    service->revision = revision >> 8;
}

static int add_entry(struct dp_snapshot *snapshot, const union dp_address *vip, uint16_t port_be,
                     uint16_t protocol, uint32_t value)
{
    struct dp_entry *entry = entry_at(snapshot, vip, port_be, protocol);
    if (entry->value != 0) {
        return entry->value == value && protocol == 0 ? 0 : -EEXIST;
    }
    *entry =
        (struct dp_entry){.vip = *vip, .port_be = port_be, .protocol = protocol, .value = value};
    return protocol == 0 ? 1 : 0;
}

// The last weight of a usable real server that was not 0: a slot table outlives a drain.
static uint32_t last_weight(const struct dp_real_input *input, const union dp_address *address,
                            uint32_t service, const struct dp_snapshot *previous)
{
    if (!input->usable || input->weight > 0) {
        return input->usable ? input->weight : 0;
    }
    if (previous == NULL || input->index >= previous->real_end) {
        return 0;
    }
    const struct dp_real *before = &previous->reals[input->index];
    if (before->position == UINT32_MAX || before->service != service) {
        return 0;
    }
    const struct dp_listed *listed = &previous->services[service].listed[before->position];
    return dp_address_equal(&listed->address, address) ? listed->last_weight : 0;
}

static struct dp_listed list(const struct dp_real_input *input,
                             const struct dp_service_input *service, uint16_t port,
                             const struct dp_snapshot *previous)
{
    union dp_address address = dp_address_of(&input->rip);
    return (struct dp_listed){
        .address = address,
        .port = port,
        .weight = input->usable ? input->weight : 0,
        .last_weight = last_weight(input, &address, service->index, previous),
        .usable = input->usable,
    };
}

static int add_real(struct dp_snapshot *snapshot, const struct dp_real_input *input,
                    uint32_t service, uint32_t position)
{
    struct dp_real *real = &snapshot->reals[input->index];
    if (real->position != UINT32_MAX) {
        return -EEXIST;
    }
    real->egress = input->egress;
    real->usable = input->usable;
    real->weight = input->usable ? input->weight : 0;
    real->service = service;
    real->position = position;
    memcpy(real->header, input->mac, DP_MAC_LENGTH);
    memcpy(real->header + DP_MAC_LENGTH, input->egress_mac, DP_MAC_LENGTH);
    return 0;
}

static int add_slots(struct dp_snapshot *snapshot, struct dp_service *service,
                     const struct dp_snapshot *previous)
{
    const struct dp_slot_rule *rule = service->scheduler->slots;
    if (rule == NULL) {
        return 0;
    }
    struct dp_claim *claims = calloc((size_t)service->real_count + 1, sizeof *claims);
    if (claims == NULL) {
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < service->real_count; i++) {
        claims[i] = rule->claim(&service->listed[i]);
    }
    service->slots =
        dp_slot_tables_get(&snapshot->slot_tables, previous == NULL ? NULL : &previous->slot_tables,
                           rule, claims, service->real_count);
    return service->slots == NULL ? -ENOMEM : 0;
}

static int add_service(struct dp_snapshot *snapshot, const struct dp_table_input *table,
                       const struct dp_service_input *input, const struct dp_snapshot *previous)
{
    uint32_t *order = snapshot->order + input->first_real;
    struct dp_listed *listed = snapshot->listed + input->first_real;
    union dp_address vip = dp_address_of(&input->vip);
    uint32_t flags = DP_VIP_PRESENT | (input->owned ? DP_VIP_OWNED : 0);
    int added = add_entry(snapshot, &vip, 0, 0, flags);
    if (added < 0) {
        return added;
    }
    if (added > 0 && input->owned) {
        snapshot->owned_vips_be[snapshot->owned_vip_count++] = vip.quad[3];
    }
    uint16_t port = table->ranges[input->first_range].first;
    int error = add_entry(snapshot, &vip, htons(port), input->transport, input->index + 1);
    if (error != 0) {
        return error;
    }
    struct dp_service *service = &snapshot->services[input->index];
    if (service->scheduler != NULL) {
        return -EEXIST;
    }
    for (uint32_t i = 0; i < input->real_count; i++) {
        uint32_t newest_first = input->real_count - 1 - i;
        const struct dp_real_input *real = &table->reals[input->first_real + i];
        error = add_real(snapshot, real, input->index, newest_first);
        if (error != 0) {
            return error;
        }
        order[newest_first] = real->index;
        listed[newest_first] = list(real, input, port, previous);
    }
    *service = (struct dp_service){.scheduler = dp_scheduler_named(input->scheduler),
                                   .scheduler_flags = input->scheduler_flags,
                                   .reals = order,
                                   .listed = listed,
                                   .real_count = input->real_count,
                                   .index = input->index};
    summarise(service, snapshot->reals);
    return add_slots(snapshot, service, previous);
}

static bool in_range(const struct dp_table_input *table)
{
    for (uint32_t i = 0; i < table->service_count; i++) {
        const struct dp_service_input *service = &table->services[i];
        if (service->index >= DP_SERVICE_CAPACITY || service->scheduler >= DP_SCHEDULER_COUNT ||
            (service->transport != DP_TCP && service->transport != DP_UDP) ||
            service->real_count > table->real_count ||
            service->first_real > table->real_count - service->real_count) {
            return false;
        }
    }
    for (uint32_t i = 0; i < table->real_count; i++) {
        const struct dp_real_input *real = &table->reals[i];
        if (real->index >= DP_REAL_CAPACITY || real->weight > UINT16_MAX ||
            (real->usable && real->egress == 0)) {
            return false;
        }
    }
    return true;
}

static bool allocate(struct dp_snapshot *snapshot, const struct dp_table_input *table)
{
    for (uint32_t i = 0; i < table->service_count; i++) {
        uint32_t end = table->services[i].index + 1;
        snapshot->service_end = end > snapshot->service_end ? end : snapshot->service_end;
    }
    for (uint32_t i = 0; i < table->real_count; i++) {
        uint32_t end = table->reals[i].index + 1;
        snapshot->real_end = end > snapshot->real_end ? end : snapshot->real_end;
    }
    uint32_t entry_count = 8;
    while (entry_count < 4 * (uint64_t)table->service_count) { // a VIP and a service each
        entry_count *= 2;
    }
    snapshot->entry_mask = entry_count - 1;
    // One more than needed each: an empty table is legal, and calloc of nothing is not portable.
    snapshot->entries = calloc(entry_count, sizeof *snapshot->entries);
    snapshot->services = calloc((size_t)snapshot->service_end + 1, sizeof *snapshot->services);
    snapshot->reals = calloc((size_t)snapshot->real_end + 1, sizeof *snapshot->reals);
    snapshot->order = calloc((size_t)table->real_count + 1, sizeof *snapshot->order);
    snapshot->listed = calloc((size_t)table->real_count + 1, sizeof *snapshot->listed);
    snapshot->owned_vips_be =
        calloc((size_t)table->service_count + 1, sizeof *snapshot->owned_vips_be);
    uint32_t slot_table_count = 0;
    for (uint32_t i = 0; i < table->service_count; i++) {
        slot_table_count += dp_scheduler_named(table->services[i].scheduler)->slots != NULL;
    }
    return dp_slot_tables_create(&snapshot->slot_tables, slot_table_count) && snapshot->entries &&
           snapshot->services && snapshot->reals && snapshot->order && snapshot->listed &&
           snapshot->owned_vips_be;
}

static int fill(struct dp_snapshot *snapshot, const struct dp_table_input *table,
                const struct dp_snapshot *previous)
{
    for (uint32_t i = 0; i < snapshot->real_end; i++) {
        snapshot->reals[i].position = UINT32_MAX;
    }
    for (uint32_t i = 0; i < table->service_count; i++) {
        const struct dp_service_input *service = &table->services[i];
        int error = add_service(snapshot, table, service, previous);
        if (error != 0) {
            return error;
        }
    }
    return 0;
}

struct dp_snapshot *dp_snapshot_create(const struct dp_table_input *table,
                                       const struct dp_snapshot *previous, struct dp_error *error)
{
    error->operation = "build the forwarding table";
    error->code = EINVAL;
    if (!in_range(table)) {
        return NULL;
    }
    error->code = ENOMEM;
    struct dp_snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (snapshot == NULL) {
        return NULL;
    }
    snapshot->ingress = table->ingress;
    snapshot->preserve_source_mac = table->preserve_source_mac;
    snapshot->no_flow = table->no_flow;
    snapshot->no_real_server = table->no_real_server;
    snapshot->answers_per_second = table->answers_per_second;
    memcpy(snapshot->ingress_mac, table->ingress_mac, DP_MAC_LENGTH);
    snapshot->timeouts = (struct dp_timeouts){.tcp_ms = table->timeout_tcp_s * 1000,
                                              .tcp_fin_ms = table->timeout_tcp_fin_s * 1000,
                                              .udp_ms = table->timeout_udp_s * 1000};
    int failure = allocate(snapshot, table) ? fill(snapshot, table, previous) : -ENOMEM;
    if (failure != 0) {
        error->code = -failure;
        dp_snapshot_destroy(snapshot);
        return NULL;
    }
    return snapshot;
}

void dp_snapshot_destroy(struct dp_snapshot *snapshot)
{
    if (snapshot == NULL) {
        return;
    }
    free(snapshot->entries);
    free(snapshot->services);
    free(snapshot->reals);
    free(snapshot->order);
    free(snapshot->listed);
    dp_slot_tables_destroy(&snapshot->slot_tables);
    free(snapshot->owned_vips_be);
    free(snapshot);
}
