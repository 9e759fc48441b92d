// SPDX-License-Identifier: Apache-2.0
//
// One thread: receive -> forward -> transmit. Once a batch it looks at the clock, the snapshot and
// the flows that time out; when there is nothing to do it waits in the port. Beside ports/ and the
// flow file the only place of the data plane that makes system calls.

#include "worker.h"

#include "answer.h"
#include "ports/openings.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { IDLE_WAIT_MS = 1000, HELD_WAIT_MS = 2, LAST_STEPS = 8 };

struct dp_worker *dp_worker_create(struct dp_forwarder *forwarder, struct dp_port *port,
                                   struct dp_error *error)
{
    struct dp_reader *reader = dp_forwarder_join(forwarder, error);
    if (reader == NULL) {
        return NULL;
    }
    *error = (struct dp_error){"make a worker", ENOMEM};
    struct dp_worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        dp_forwarder_leave(reader);
        return NULL;
    }
    worker->hold = dp_hold_create();
    worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (worker->wake_fd < 0 || worker->hold == NULL) {
        error->code = errno;
        dp_forwarder_leave(reader);
        if (worker->wake_fd >= 0) {
            close(worker->wake_fd);
        }
        dp_hold_destroy(worker->hold);
        free(worker);
        return NULL;
    }
    worker->forwarder = forwarder;
    worker->reader = reader;
    worker->port = port;
    worker->sweep.end_word = forwarder->flows->line_count / 64 + 1;
    return worker;
}

static void wake(struct dp_worker *worker)
{
    uint64_t one = 1;
    // A full counter wakes as well: nothing to do about a refusal.
    ssize_t written = write(worker->wake_fd, &one, sizeof one);
    (void)written;
}

void dp_worker_destroy(struct dp_worker *worker)
{
    if (worker == NULL) {
        return;
    }
    if (worker->running) {
        atomic_store(&worker->stopping, true);
        wake(worker);
        pthread_join(worker->thread, NULL);
    }
    dp_openings_attend(worker->forwarder->openings, &worker->attends, false);
    dp_port_close(worker->port);
    dp_forwarder_leave(worker->reader);
    close(worker->wake_fd);
    dp_hold_destroy(worker->hold);
    free(worker);
}

// Tells the network where a VIP is; returns the length of the frame.
static uint32_t write_announcement(uint8_t *frame, const union dp_address *vip, const uint8_t *mac)
{
    if (dp_address_is_ipv4(vip)) {
        dp_announce_arp(frame, vip->quad[3], mac);
        return DP_ARP_FRAME;
    }
    dp_announce_neighbour(frame, vip, mac);
    return DP_ADVERTISEMENT_FRAME;
}

// An announcement of each VIP that is ours, in batches.
static void announce(struct dp_worker *worker, const struct dp_snapshot *snapshot)
{
    static const uint32_t slot = DP_HEADROOM + DP_ADVERTISEMENT_FRAME;
    uint8_t memory[DP_BATCH * (DP_HEADROOM + DP_ADVERTISEMENT_FRAME)];
    struct dp_frame frames[DP_BATCH];
    struct dp_frame *list[DP_BATCH];
    uint32_t count = 0;
    for (uint32_t i = 0; i < snapshot->owned_vip_count; i++) {
        uint8_t *data = memory + count * slot + DP_HEADROOM;
        uint32_t length = write_announcement(data, &snapshot->owned_vips[i], snapshot->ingress_mac);
        frames[count] = (struct dp_frame){.data = data,
                                          .length = length,
                                          .wire_length = length,
                                          .egress = snapshot->ingress,
                                          .flags = DP_FRAME_OWN};
        list[count] = &frames[count];
        count++;
        if (count == DP_BATCH || i + 1 == snapshot->owned_vip_count) {
            worker->port->operations->transmit(worker->port, list, count);
            count = 0;
        }
    }
}

static void answer_requests(struct dp_worker *worker, const struct dp_snapshot *snapshot)
{
    uint32_t asked = atomic_load_explicit(&worker->announcements, memory_order_relaxed);
    if (asked != worker->announced) {
        announce(worker, snapshot);
        worker->announced = asked;
    }
}

static void transmit(struct dp_worker *worker, const struct dp_transmit *out)
{
    if (out->count > 0) {
        worker->port->operations->transmit(worker->port, out->frames, out->count);
    }
}

// Fragments whose first has come meanwhile, perhaps to another worker.
static void release_held(struct dp_worker *worker, const struct dp_pipeline *pipeline,
                         struct dp_capture *capture)
{
    if (worker->hold->count == 0) {
        return;
    }
    struct dp_outcome outcomes[DP_HOLD_CAPACITY];
    struct dp_transmit out = {.count = 0};
    dp_fragment_release(pipeline, &out, outcomes);
    transmit(worker, &out);
    if (capture != NULL) {
        dp_capture_write_sent(capture, pipeline->snapshot, &out, outcomes, dp_wall_clock_ns());
    }
}

static void forward_batch(struct dp_worker *worker, const struct dp_pipeline *pipeline,
                          struct dp_frame *frames, uint32_t count, struct dp_outcome *outcomes,
                          struct dp_capture *capture)
{
    struct dp_outcome unread[DP_BATCH];
    struct dp_transmit out = {.count = 0};
    outcomes = outcomes != NULL ? outcomes : unread;
    if (capture != NULL) {
        dp_capture_keep(capture, frames, count);
    }
    dp_forward(pipeline, frames, count, outcomes, &out);
    transmit(worker, &out);
    if (capture != NULL) {
        dp_capture_write(capture, pipeline->snapshot, frames, outcomes, count, dp_wall_clock_ns());
    }
    worker->port->operations->release(worker->port);
}

int dp_worker_step(struct dp_worker *worker, struct dp_outcome *outcomes)
{
    const struct dp_port_operations *port = worker->port->operations;
    struct dp_flow_table *flows = worker->forwarder->flows;
    struct dp_frame frames[DP_BATCH];
    const struct dp_snapshot *snapshot = dp_reader_begin(worker->forwarder, worker->reader);
    if (snapshot == NULL) {
        return 0;
    }
    answer_requests(worker, snapshot);
    uint32_t count = port->receive(worker->port, frames, DP_BATCH);
    struct dp_pipeline pipeline = {.snapshot = snapshot,
                                   .flows = flows,
                                   .cursors = worker->forwarder->cursors,
                                   .counters = &worker->reader->counters,
                                   .limiter = &worker->limiter,
                                   .hold = worker->hold,
                                   .now_ms = port->now_ms(worker->port)};
    struct dp_openings *openings = worker->forwarder->openings;
    dp_openings_attend(openings, &worker->attends, true);
    // Behind the frames, before they are forwarded: what the program began before one of them came.
    worker->opened = dp_openings_take(openings, &pipeline);
    struct dp_capture *capture = dp_capture_begin(&worker->capture);
    if (count > 0) {
        forward_batch(worker, &pipeline, frames, count, outcomes, capture);
    }
    release_held(worker, &pipeline, capture);
    if (capture != NULL) {
        dp_capture_done(&worker->capture);
    }
    worker->sweep_again =
        dp_flow_sweep(flows, &worker->sweep, &snapshot->timeouts, pipeline.now_ms);
    atomic_store_explicit(&worker->reader->passes, worker->sweep.round, memory_order_relaxed);
    dp_reader_done(worker->reader);
    return (int)count;
}

// Nothing to do for now: the program begins no more flows, and has left none.
static bool is_idle(struct dp_worker *worker)
{
    if (worker->opened > 0) {
        return false;
    }
    dp_openings_attend(worker->forwarder->openings, &worker->attends, false);
    return !dp_openings_are_left(worker->forwarder->openings);
}

static void *run(void *context)
{
    struct dp_worker *worker = context;
    while (!atomic_load(&worker->stopping)) {
        atomic_store_explicit(&worker->last_round_ms, dp_monotonic_ms(), memory_order_relaxed);
        if (dp_worker_step(worker, NULL) == 0 && is_idle(worker)) {
            int timeout_ms = worker->sweep_again       ? 0
                             : worker->hold->count > 0 ? HELD_WAIT_MS
                                                       : IDLE_WAIT_MS;
            if (worker->port->operations->wait(worker->port, worker->wake_fd, timeout_ms)) {
                uint64_t drained;
                ssize_t emptied = read(worker->wake_fd, &drained, sizeof drained);
                (void)emptied; // it is non-blocking
            }
        }
    }
    for (int i = 0; i < LAST_STEPS && !is_idle(worker); i++) {
        dp_worker_step(worker, NULL);
    }
    return NULL;
}

// To the CPU with this number among those that the process may use; where that is refused the
// kernel's scheduler places it.
static void pin(pthread_t thread, uint32_t number)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) == 0) {
        return;
    }
    uint32_t skip = number % (uint32_t)CPU_COUNT(&allowed);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && skip-- == 0) {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            pthread_setaffinity_np(thread, sizeof one, &one);
            return;
        }
    }
}

int dp_worker_start(struct dp_worker *worker, uint32_t number, struct dp_error *error)
{
    *error = (struct dp_error){"start a worker's thread", 0};
    atomic_store(&worker->last_round_ms, dp_monotonic_ms());
    int failure = pthread_create(&worker->thread, NULL, run, worker);
    if (failure != 0) {
        error->code = failure;
        return -failure;
    }
    char name[16];
    snprintf(name, sizeof name, "lvsdr-worker-%u", number % 100);
    pthread_setname_np(worker->thread, name);
    pin(worker->thread, number);
    worker->running = true;
    return 0;
}

void dp_worker_announce(struct dp_worker *worker)
{
    atomic_fetch_add(&worker->announcements, 1);
    wake(worker);
}

uint64_t dp_worker_silence_ms(const struct dp_worker *worker)
{
    uint64_t last = atomic_load_explicit(&worker->last_round_ms, memory_order_relaxed);
    uint64_t now = dp_monotonic_ms();
    return now > last ? now - last : 0;
}

struct dp_port_counters dp_worker_port_counters(struct dp_worker *worker)
{
    struct dp_port_counters counters = {0};
    worker->port->operations->counters(worker->port, &counters);
    return counters;
}

struct dp_port *dp_worker_port(struct dp_worker *worker)
{
    return worker->port;
}

uint64_t dp_worker_now_ms(const struct dp_worker *worker)
{
    return worker->port->operations->now_ms(worker->port);
}

void dp_worker_capture(struct dp_worker *worker, struct dp_capture *capture)
{
    // Pairs with the loads of dp_capture_begin().
    atomic_store(&worker->capture.wanted, capture);
}

bool dp_worker_captures(const struct dp_worker *worker, const struct dp_capture *capture)
{
    return atomic_load(&worker->capture.wanted) == capture ||
           atomic_load(&worker->capture.used) == capture;
}
