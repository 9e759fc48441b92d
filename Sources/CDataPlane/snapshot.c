// SPDX-License-Identifier: Apache-2.0
//
// Builds the forwarding table that the workers read. In: plain arrays of the control plane. Out:
// one immutable snapshot. Control thread.

#include "snapshot.h"

#include "scheduler.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

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

static bool is_up(const struct dp_real_input *input)
{
    return input->usable && !input->down;
}

// The last weight of a usable real server that was not 0: a slot table outlives a drain.
static uint32_t last_weight(const struct dp_real_input *input, const union dp_address *address,
                            uint32_t service, const struct dp_snapshot *previous)
{
    if (!is_up(input) || input->weight > 0) {
        return is_up(input) ? input->weight : 0;
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
        .weight = is_up(input) ? input->weight : 0,
        .last_weight = last_weight(input, &address, service->index, previous),
        .usable = is_up(input),
    };
}

static int add_real(struct dp_snapshot *snapshot, const struct dp_real_input *input,
                    const struct dp_service_input *service, uint32_t position)
{
    bool serves = !service->waits;
    struct dp_real *real = &snapshot->reals[input->index];
    if (real->position != UINT32_MAX) {
        return -EEXIST;
    }
    real->egress = input->egress;
    real->linked = serves && input->usable;
    real->usable = serves && is_up(input);
    real->weight = is_up(input) ? input->weight : 0;
    real->service = service->index;
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

static int add_reals(struct dp_snapshot *snapshot, const struct dp_table_input *table,
                     const struct dp_service_input *input, const struct dp_snapshot *previous)
{
    uint32_t *order = snapshot->order + input->first_real;
    struct dp_listed *listed = snapshot->listed + input->first_real;
    uint16_t port = table->ranges[input->first_range].first;
    for (uint32_t i = 0; i < input->real_count; i++) {
        uint32_t newest_first = input->real_count - 1 - i;
        const struct dp_real_input *real = &table->reals[input->first_real + i];
        int error = add_real(snapshot, real, input, newest_first);
        if (error != 0) {
            return error;
        }
        order[newest_first] = real->index;
        listed[newest_first] = list(real, input, port, previous);
    }
    return 0;
}

static union dp_address mask_of(uint32_t bits)
{
    union dp_address mask = {.word = {0, 0}};
    for (uint32_t i = 0; i < bits; i++) {
        mask.bytes[i / 8] |= (uint8_t)(0x80 >> i % 8);
    }
    return mask;
}

static enum dp_manner manner_of(const struct dp_service_input *input)
{
    if (input->waits) {
        return DP_MANNER_STANDBY;
    }
    bool one_packet = input->one_packet && input->transport == DP_UDP;
    return one_packet ? DP_MANNER_ONE_PACKET : DP_MANNER_FLOWS;
}

static int add_service(struct dp_snapshot *snapshot, const struct dp_table_input *table,
                       const struct dp_service_input *input, const struct dp_snapshot *previous)
{
    struct dp_service *service = &snapshot->services[input->index];
    if (service->scheduler != NULL) {
        return -EEXIST;
    }
    int error = dp_snapshot_add_ports(snapshot, table, input);
    if (error == 0) {
        error = add_reals(snapshot, table, input, previous);
    }
    if (error != 0) {
        return error;
    }
    *service = (struct dp_service){.scheduler = dp_scheduler_named(input->scheduler),
                                   .scheduler_flags = input->scheduler_flags,
                                   .reals = snapshot->order + input->first_real,
                                   .listed = snapshot->listed + input->first_real,
                                   .real_count = input->real_count,
                                   .index = input->index,
                                   .persistence_ms = input->persistence_s * 1000,
                                   .client_mask = mask_of(input->persistence_bits),
                                   .first_port_be = htons(table->ranges[input->first_range].first),
                                   .manner = (uint8_t)manner_of(input),
                                   .on_down = input->on_down};
    summarise(service, snapshot->reals);
    return add_slots(snapshot, service, previous);
}

static bool is_part(uint32_t first, uint32_t count, uint32_t whole)
{
    return count <= whole && first <= whole - count;
}

static bool ports_in_range(const struct dp_table_input *table,
                           const struct dp_service_input *service)
{
    if (service->range_count == 0 ||
        !is_part(service->first_range, service->range_count, table->range_count)) {
        return false;
    }
    const struct dp_port_range *ranges = &table->ranges[service->first_range];
    bool any = ranges[0].first == 0 && ranges[0].last == UINT16_MAX && service->range_count == 1;
    for (uint32_t i = 0; i < service->range_count && !any; i++) {
        if (ranges[i].first == 0 || ranges[i].first > ranges[i].last) {
            return false;
        }
    }
    return true;
}

static bool in_range(const struct dp_table_input *table)
{
    for (uint32_t i = 0; i < table->service_count; i++) {
        const struct dp_service_input *service = &table->services[i];
        if (service->index >= DP_SERVICE_CAPACITY || service->scheduler >= DP_SCHEDULER_COUNT ||
            (service->transport != DP_TCP && service->transport != DP_UDP) ||
            service->on_down > DP_ON_DOWN_DROP || service->persistence_bits > 128 ||
            service->persistence_s > DP_PERSISTENCE_MAX_S || !ports_in_range(table, service) ||
            !is_part(service->first_real, service->real_count, table->real_count)) {
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
    while (entry_count < 2 * ((uint64_t)table->service_count + table->range_count)) {
        entry_count *= 2;
    }
    snapshot->entry_mask = entry_count - 1;
    // One more than needed each: an empty table is legal, and calloc of nothing is not portable.
    snapshot->entries = calloc(entry_count, sizeof *snapshot->entries);
    snapshot->services = calloc((size_t)snapshot->service_end + 1, sizeof *snapshot->services);
    snapshot->reals = calloc(DP_REAL_CAPACITY, sizeof *snapshot->reals);
    snapshot->order = calloc((size_t)table->real_count + 1, sizeof *snapshot->order);
    snapshot->listed = calloc((size_t)table->real_count + 1, sizeof *snapshot->listed);
    snapshot->owned_vips = calloc((size_t)table->service_count + 1, sizeof *snapshot->owned_vips);
    snapshot->ranges = calloc((size_t)table->range_count + 1, sizeof *snapshot->ranges);
    uint32_t slot_table_count = 0;
    for (uint32_t i = 0; i < table->service_count; i++) {
        slot_table_count += dp_scheduler_named(table->services[i].scheduler)->slots != NULL;
    }
    return dp_slot_tables_create(&snapshot->slot_tables, slot_table_count) && snapshot->entries &&
           snapshot->services && snapshot->reals && snapshot->order && snapshot->listed &&
           snapshot->owned_vips && snapshot->ranges;
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
    return dp_snapshot_sort_ranges(snapshot);
}

struct dp_timeouts dp_timeouts_of(const struct dp_table_input *table)
{
    enum { SYN_RECV_MS = 60000, TIME_WAIT_MS = 120000, CLOSE_MS = 10000, FRAGMENT_MS = 30000 };
    return (struct dp_timeouts){
        .by_state_ms = {[DP_FLOW_SYN_RECV] = SYN_RECV_MS,
                        [DP_FLOW_ESTABLISHED] = table->timeout_tcp_s * 1000,
                        [DP_FLOW_FIN_WAIT] = table->timeout_tcp_fin_s * 1000,
                        [DP_FLOW_TIME_WAIT] = TIME_WAIT_MS,
                        [DP_FLOW_CLOSE] = CLOSE_MS,
                        [DP_FLOW_UDP] = table->timeout_udp_s * 1000,
                        [DP_FLOW_FRAGMENT] = FRAGMENT_MS}};
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
    snapshot->takes_over = table->takes_over;
    snapshot->no_real_server = table->no_real_server;
    snapshot->answers_per_second = table->answers_per_second;
    memcpy(snapshot->ingress_mac, table->ingress_mac, DP_MAC_LENGTH);
    memcpy(&snapshot->ingress_mac_word, table->ingress_mac, DP_MAC_LENGTH);
    snapshot->timeouts = dp_timeouts_of(table);
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
    free(snapshot->owned_vips);
    free(snapshot->ranges);
    free(snapshot);
}
