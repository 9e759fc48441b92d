// SPDX-License-Identifier: Apache-2.0
//
// What the workers share: the snapshot in force, the flow table, the cursors; and the sums that
// control reads. A snapshot is published by one exchange, and freed once no worker reads it.

#include "forwarder.h"

#include "explain.h"
#include "ports/accelerate.h"

#include <errno.h>
#include <stdlib.h>

struct dp_forwarder *dp_forwarder_create(const struct dp_flow_options *options,
                                         struct dp_flow_origin *origin, struct dp_error *error)
{
    *error = (struct dp_error){"make the data plane", ENOMEM};
    struct dp_forwarder *forwarder = calloc(1, sizeof *forwarder);
    if (forwarder == NULL) {
        return NULL;
    }
    forwarder->cursors = calloc(DP_SERVICE_CAPACITY + DP_REAL_CAPACITY, sizeof *forwarder->cursors);
    if (forwarder->cursors != NULL) {
        forwarder->flows = dp_flow_open(options, &forwarder->flow_memory, origin, error);
    }
    if (forwarder->flows == NULL) {
        dp_forwarder_destroy(forwarder);
        return NULL;
    }
    return forwarder;
}

void dp_forwarder_gather_pages(const struct dp_forwarder *forwarder)
{
    dp_flow_memory_gather(&forwarder->flow_memory);
}

bool dp_forwarder_kept_real(const struct dp_forwarder *forwarder, uint32_t from,
                            struct dp_kept_real *kept)
{
    for (uint32_t i = from; i < DP_REAL_CAPACITY; i++) {
        if (dp_forwarder_active_flows(forwarder, i) == 0 &&
            dp_forwarder_inactive_flows(forwarder, i) == 0 &&
            dp_forwarder_templates(forwarder, i) == 0) {
            continue;
        }
        const struct dp_real_name *name = &forwarder->flow_memory.names[i];
        *kept = (struct dp_kept_real){.index = i,
                                      .vip = name->vip,
                                      .rip = name->rip,
                                      .port = name->port,
                                      .transport = name->transport};
        return true;
    }
    return false;
}

static void free_unread(struct dp_forwarder *forwarder)
{
    struct dp_snapshot **link = &forwarder->retired;
    while (*link != NULL) {
        struct dp_snapshot *snapshot = *link;
        bool read = false;
        for (int i = 0; i < DP_WORKER_CAPACITY; i++) {
            // Pairs with the store of dp_reader_begin(): a worker that reads it has said so, or
            // will see that it was replaced.
            read = read || atomic_load(&forwarder->readers[i].reading) == snapshot;
        }
        if (read) {
            link = &snapshot->retired_next;
        } else {
            *link = snapshot->retired_next;
            dp_snapshot_destroy(snapshot);
        }
    }
}

bool dp_forwarder_is_settled(struct dp_forwarder *forwarder)
{
    free_unread(forwarder);
    return forwarder->retired == NULL;
}

void dp_forwarder_destroy(struct dp_forwarder *forwarder)
{
    if (forwarder == NULL) {
        return;
    }
    free_unread(forwarder);
    dp_snapshot_destroy(atomic_load(&forwarder->current));
    for (int i = 0; i < DP_WORKER_CAPACITY; i++) {
        dp_counters_destroy(&forwarder->readers[i].counters);
    }
    dp_stage_destroy(forwarder->stage);
    dp_flow_table_destroy(forwarder->flows);
    dp_flow_memory_free(&forwarder->flow_memory);
    free(forwarder->cursors);
    free(forwarder);
}

// A service that is new or has another scheduler starts without memory, as in the kernel.
static void forget_cursors(struct dp_forwarder *forwarder, const struct dp_service *service)
{
    atomic_store_explicit(&forwarder->cursors[service->index], 0, memory_order_relaxed);
    for (uint32_t k = 0; k < service->real_count; k++) {
        dp_cursor *cursor = &forwarder->cursors[DP_SERVICE_CAPACITY + service->reals[k]];
        atomic_store_explicit(cursor, 0, memory_order_relaxed);
    }
}

static void carry_cursor(dp_cursor *cursor, const struct dp_snapshot *old,
                         const struct dp_snapshot *snapshot, const struct dp_service *service)
{
    if (service->scheduler->carry == NULL) {
        return;
    }
    uint64_t seen = atomic_load_explicit(cursor, memory_order_relaxed);
    uint64_t carried = service->scheduler->carry(seen, old, snapshot, service->index);
    // Where a worker moved it meanwhile, by the table before, it stays: the next pick is as good.
    atomic_compare_exchange_strong_explicit(cursor, &seen, carried, memory_order_relaxed,
                                            memory_order_relaxed);
}

static void carry_cursors(struct dp_forwarder *forwarder, const struct dp_snapshot *snapshot,
                          const struct dp_snapshot *old)
{
    for (uint32_t i = 0; i < snapshot->service_end; i++) {
        const struct dp_service *service = &snapshot->services[i];
        if (service->scheduler == NULL) {
            continue;
        }
        if (old != NULL && i < old->service_end &&
            old->services[i].scheduler == service->scheduler) {
            carry_cursor(&forwarder->cursors[i], old, snapshot, service);
        } else {
            forget_cursors(forwarder, service);
        }
    }
}

// Flows that outlive the process name a real server by its index: the file says what that is.
static void name_reals(struct dp_forwarder *forwarder, const struct dp_table_input *table)
{
    for (uint32_t i = 0; i < table->service_count; i++) {
        const struct dp_service_input *service = &table->services[i];
        for (uint32_t k = 0; k < service->real_count; k++) {
            const struct dp_real_input *real = &table->reals[service->first_real + k];
            struct dp_real_name name = {.vip = service->vip,
                                        .rip = real->rip,
                                        .port = table->ranges[service->first_range].first,
                                        .transport = service->transport};
            dp_real_name_write(&forwarder->flow_memory, real->index, &name);
        }
    }
}

int dp_forwarder_publish(struct dp_forwarder *forwarder, const struct dp_table_input *table,
                         struct dp_error *error)
{
    const struct dp_snapshot *previous = atomic_load(&forwarder->current);
    struct dp_snapshot *snapshot = dp_snapshot_create(table, previous, error);
    if (snapshot == NULL) {
        return -error->code;
    }
    carry_cursors(forwarder, snapshot, previous);
    for (uint32_t i = 0; i < table->real_count; i++) {
        const struct dp_real_input *real = &table->reals[i];
        dp_flow_set_thresholds(forwarder->flows, real->index, real->upper_threshold,
                               real->lower_threshold);
    }
    name_reals(forwarder, table); // before a flow can name one
    if (forwarder->accelerator != NULL) {
        dp_accelerator_withdraw(forwarder->accelerator, table, snapshot);
    }
    // Pairs with the load of dp_reader_begin(): a worker that sees the pointer sees what it points
    // to.
    struct dp_snapshot *old = atomic_exchange(&forwarder->current, snapshot);
    if (old != NULL) {
        old->retired_next = forwarder->retired;
        forwarder->retired = old;
    }
    if (forwarder->accelerator != NULL) {
        dp_accelerator_tell(forwarder->accelerator, table);
    }
    free_unread(forwarder);
    return 0;
}

struct dp_reader *dp_forwarder_join(struct dp_forwarder *forwarder, struct dp_error *error)
{
    error->operation = "add a worker";
    error->code = EUSERS;
    for (int i = 0; i < DP_WORKER_CAPACITY; i++) {
        struct dp_reader *reader = &forwarder->readers[i];
        if (reader->in_use) {
            continue;
        }
        error->code = ENOMEM;
        if (reader->counters.reals == NULL && !dp_counters_create(&reader->counters)) {
            return NULL;
        }
        reader->in_use = true;
        return reader;
    }
    return NULL;
}

void dp_forwarder_leave(struct dp_reader *reader)
{
    dp_reader_done(reader);
    reader->in_use = false;
}

const struct dp_snapshot *dp_reader_begin(struct dp_forwarder *forwarder, struct dp_reader *reader)
{
    struct dp_snapshot *snapshot = atomic_load(&forwarder->current);
    while (snapshot != NULL) {
        // Sequentially consistent, as the load behind it and the exchange of publish: either
        // publish sees this mark and lets the snapshot live, or we see the newer one.
        atomic_store(&reader->reading, snapshot);
        struct dp_snapshot *again = atomic_load(&forwarder->current);
        if (again == snapshot) {
            break;
        }
        snapshot = again;
    }
    return snapshot;
}

void dp_reader_done(struct dp_reader *reader)
{
    // Pairs with the load of free_unread(): our reads of the snapshot are over.
    atomic_store_explicit(&reader->reading, NULL, memory_order_release);
}

// Of the frames with which the XDP program began flows, those for which workers said this exit.
static uint64_t opened_exits(const struct dp_forwarder *forwarder, enum dp_reason reason)
{
    uint64_t sum = 0;
    for (int i = 0; i < DP_WORKER_CAPACITY; i++) {
        sum += dp_counter_read(&forwarder->readers[i].counters.opened[reason]);
    }
    return sum;
}

// Of what the XDP program has sent, the frames that count for the exit: as a worker said of those that
// began flows; the others are of known flows.
static uint64_t accelerated_exits(const struct dp_forwarder *forwarder, enum dp_reason reason)
{
    if (reason != DP_FLOW) {
        return opened_exits(forwarder, reason);
    }
    uint64_t others = opened_exits(forwarder, DP_SCHEDULED) + opened_exits(forwarder, DP_STATELESS);
    uint64_t sent =
        forwarder->accelerator != NULL ? dp_accelerator_frames(forwarder->accelerator) : 0;
    // A flow may be in the table before its first frame is counted.
    return sent > others ? sent - others : 0;
}

uint64_t dp_forwarder_exits(const struct dp_forwarder *forwarder, enum dp_reason reason)
{
    uint64_t sum = accelerated_exits(forwarder, reason);
    for (int i = 0; i < DP_WORKER_CAPACITY; i++) {
        sum += dp_counter_read(&forwarder->readers[i].counters.exits[reason]);
    }
    return sum;
}

static void add_traffic(struct dp_traffic *sum, const struct dp_traffic_counters *counters)
{
    struct dp_traffic traffic = dp_traffic_read(counters);
    sum->connections += traffic.connections;
    sum->packets += traffic.packets;
    sum->bytes += traffic.bytes;
}

struct dp_traffic dp_forwarder_service_traffic(const struct dp_forwarder *forwarder, uint32_t index)
{
    struct dp_traffic sum = {0};
    if (forwarder->accelerator != NULL && index < DP_SERVICE_CAPACITY) {
        sum = dp_accelerator_service_traffic(forwarder->accelerator, index);
    }
    for (int i = 0; i < DP_WORKER_CAPACITY && index < DP_SERVICE_CAPACITY; i++) {
        if (forwarder->readers[i].counters.services != NULL) {
            add_traffic(&sum, &forwarder->readers[i].counters.services[index]);
        }
    }
    return sum;
}

struct dp_traffic dp_forwarder_real_traffic(const struct dp_forwarder *forwarder, uint32_t index)
{
    struct dp_traffic sum = {0};
    if (forwarder->accelerator != NULL && index < DP_REAL_CAPACITY) {
        sum = dp_accelerator_real_traffic(forwarder->accelerator, index);
    }
    for (int i = 0; i < DP_WORKER_CAPACITY && index < DP_REAL_CAPACITY; i++) {
        if (forwarder->readers[i].counters.reals != NULL) {
            add_traffic(&sum, &forwarder->readers[i].counters.reals[index]);
        }
    }
    return sum;
}

uint32_t dp_forwarder_active_flows(const struct dp_forwarder *forwarder, uint32_t real_index)
{
    return real_index < DP_REAL_CAPACITY
               ? atomic_load_explicit(&forwarder->flows->counts[real_index].active,
                                      memory_order_relaxed)
               : 0;
}

uint32_t dp_forwarder_inactive_flows(const struct dp_forwarder *forwarder, uint32_t real_index)
{
    return real_index < DP_REAL_CAPACITY
               ? atomic_load_explicit(&forwarder->flows->counts[real_index].inactive,
                                      memory_order_relaxed)
               : 0;
}

uint32_t dp_forwarder_templates(const struct dp_forwarder *forwarder, uint32_t real_index)
{
    return real_index < DP_REAL_CAPACITY
               ? atomic_load_explicit(&forwarder->flows->counts[real_index].persistent,
                                      memory_order_relaxed)
               : 0;
}

uint64_t dp_forwarder_evictions(const struct dp_forwarder *forwarder)
{
    return atomic_load_explicit(&forwarder->flows->evicted, memory_order_relaxed);
}

uint64_t dp_forwarder_flow_count(const struct dp_forwarder *forwarder)
{
    return atomic_load_explicit(&forwarder->flows->count, memory_order_relaxed);
}
