// SPDX-License-Identifier: Apache-2.0
//
// Rings of flows that the XDP program has begun, one a CPU, in memory that both share. In: records of a
// ring. Out: flows in the table, counted as connections. Any worker; one at a time has a ring.

#include "openings.h"

#include "../assign.h"
#include "../service.h"
#include "accelerate_state.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 8 }; // records whose lines are fetched meanwhile

struct dp_openings {
    struct dp_fast_ring *rings;
    const struct dp_fast_opening *records;
    unsigned int *attended; // how many workers
    uint32_t ring_count;
    pthread_mutex_t turns[]; // by ring
};

static size_t rings_size(uint32_t count)
{
    return count * sizeof(struct dp_fast_ring);
}

static size_t records_size(uint32_t count)
{
    return (size_t)count * DP_FAST_OPENINGS * sizeof(struct dp_fast_opening);
}

bool dp_openings_create(struct dp_accelerator *accelerator, uint32_t ring_count)
{
    struct dp_openings *openings =
        calloc(1, sizeof *openings + ring_count * sizeof openings->turns[0]);
    accelerator->forwarder->openings = openings;
    if (openings == NULL) {
        return false;
    }
    openings->ring_count = ring_count;
    for (uint32_t i = 0; i < ring_count; i++) {
        pthread_mutex_init(&openings->turns[i], NULL);
    }
    struct bpf_object *object = accelerator->object;
    openings->attended = &accelerator->settings->attended;
    openings->rings = dp_accelerator_map(object, "lvsdr_rings", rings_size(ring_count));
    openings->records = dp_accelerator_map(object, "lvsdr_openings", records_size(ring_count));
    return openings->rings != NULL && openings->records != NULL;
}

void dp_openings_destroy(struct dp_accelerator *accelerator)
{
    struct dp_openings *openings = accelerator->forwarder->openings;
    if (openings == NULL) {
        return;
    }
    accelerator->forwarder->openings = NULL;
    dp_accelerator_unmap(openings->rings, rings_size(openings->ring_count));
    dp_accelerator_unmap((void *)openings->records, records_size(openings->ring_count));
    free(openings);
}

void dp_openings_attend(struct dp_openings *openings, bool *attends, bool wanted)
{
    if (openings != NULL && *attends != wanted) {
        __atomic_fetch_add(openings->attended, wanted ? 1 : UINT32_MAX, __ATOMIC_SEQ_CST);
        *attends = wanted;
    }
}

static uint64_t written(const struct dp_fast_ring *ring)
{
    // Whoever reads the number reads the records before it, which the program has written in order.
    return __atomic_load_n(&ring->written, __ATOMIC_ACQUIRE);
}

static uint64_t taken(const struct dp_fast_ring *ring)
{
    // Pairs with the release of take(): whoever reads the number finds the flows before it.
    return __atomic_load_n(&ring->taken, __ATOMIC_ACQUIRE);
}

static void write_flow(const struct dp_pipeline *p, const struct dp_fast_opening *record)
{
    struct dp_packet packet = {.hash = record->hash};
    memcpy(&packet.key, record->key, sizeof packet.key);
    packet.tcp_flags = packet.key.protocol == DP_TCP ? DP_TCP_SYN : 0;
    const struct dp_service *service = dp_service_find(p->snapshot, &packet.key);
    enum dp_reason reason =
        service != NULL ? dp_assign_opened(p, service, &packet, record->real) : DP_STATELESS;
    dp_counter_add(&p->counters->opened[reason], 1);
}

// The ring's records before the one with the number `end`; returns how many.
static uint32_t take(struct dp_fast_ring *ring, const struct dp_fast_opening *records, uint64_t end,
                     const struct dp_pipeline *p)
{
    uint32_t count = 0;
    for (uint64_t i = taken(ring); i < end; i++) {
        const struct dp_fast_opening *ahead = &records[(i + AHEAD) % DP_FAST_OPENINGS];
        __builtin_prefetch(dp_flow_home(p->flows, ahead->hash), 1);
        write_flow(p, &records[i % DP_FAST_OPENINGS]);
        __atomic_store_n(&ring->taken, i + 1, __ATOMIC_RELEASE);
        count++;
    }
    return count;
}

uint32_t dp_openings_take(struct dp_openings *openings, const struct dp_pipeline *pipeline)
{
    uint32_t count = 0;
    for (uint32_t i = 0; openings != NULL && i < openings->ring_count; i++) {
        struct dp_fast_ring *ring = &openings->rings[i];
        uint64_t end = written(ring);
        if (taken(ring) < end) {
            pthread_mutex_lock(&openings->turns[i]);
            count += take(ring, &openings->records[(size_t)i * DP_FAST_OPENINGS], end, pipeline);
            pthread_mutex_unlock(&openings->turns[i]);
        }
    }
    return count;
}

bool dp_openings_are_left(const struct dp_openings *openings)
{
    for (uint32_t i = 0; openings != NULL && i < openings->ring_count; i++) {
        if (taken(&openings->rings[i]) < written(&openings->rings[i])) {
            return true;
        }
    }
    return false;
}
