// SPDX-License-Identifier: Apache-2.0
//
// Frames as they came and as they went, for those who want to see them. In: a batch before and after
// its way through the pipeline. Out: a ring of packets, written by one worker and read by control;
// neither waits for the other, and what finds no room is counted. Outside a frame's own life.

#include "capture.h"

#include "service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// What a slot says of its packet; the bytes follow.
struct slot {
    uint64_t time_ns;
    uint32_t length, wire_length;
    uint32_t interface;
    uint32_t real;
    uint32_t reason;
    uint32_t sent;
    uint8_t bytes[];
};

struct kept {
    uint32_t length, wire_length, flags;
};

enum { CACHE_LINE = 64 };

struct dp_capture {
    struct dp_capture_filter filter;
    uint32_t snap_length;
    size_t slot_size;
    uint8_t *slots;             // DP_CAPTURE_SLOTS of them
    uint8_t *copies;            // DP_BATCH times the snap length
    struct kept kept[DP_BATCH]; // what the copies are of
    uint8_t unused_1[CACHE_LINE];
    _Atomic uint32_t head; // packets ever written, modulo 2^32; the worker's
    dp_counter missed;
    uint8_t unused_2[CACHE_LINE];
    _Atomic uint32_t tail; // packets ever taken; control's
};

struct dp_capture *dp_capture_create(const struct dp_capture_filter *filter, uint32_t snap_length,
                                     struct dp_error *error)
{
    *error = (struct dp_error){"make room for a capture", EINVAL};
    if (snap_length < DP_CAPTURE_SNAP_MIN || snap_length > DP_CAPTURE_SNAP_MAX) {
        return NULL;
    }
    error->code = ENOMEM;
    struct dp_capture *capture = calloc(1, sizeof *capture);
    if (capture == NULL) {
        return NULL;
    }
    capture->filter = *filter;
    capture->snap_length = snap_length;
    capture->slot_size = (sizeof(struct slot) + snap_length + 7) & ~(size_t)7;
    capture->slots = calloc(DP_CAPTURE_SLOTS, capture->slot_size);
    capture->copies = calloc(DP_BATCH, snap_length);
    if (capture->slots == NULL || capture->copies == NULL) {
        dp_capture_destroy(capture);
        return NULL;
    }
    return capture;
}

void dp_capture_destroy(struct dp_capture *capture)
{
    if (capture == NULL) {
        return;
    }
    free(capture->slots);
    free(capture->copies);
    free(capture);
}

static struct slot *slot_at(const struct dp_capture *capture, uint32_t position)
{
    return (struct slot *)(void *)(capture->slots +
                                   (position % DP_CAPTURE_SLOTS) * capture->slot_size);
}

static uint32_t snap(const struct dp_capture *capture, uint32_t length)
{
    return length < capture->snap_length ? length : capture->snap_length;
}

static uint8_t *copy_at(const struct dp_capture *capture, uint32_t i)
{
    return capture->copies + (size_t)i * capture->snap_length;
}

void dp_capture_keep(struct dp_capture *capture, const struct dp_frame *frames, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t length = snap(capture, frames[i].length);
        memcpy(copy_at(capture, i), frames[i].data, length);
        capture->kept[i] = (struct kept){length, frames[i].wire_length, frames[i].flags};
    }
}

static const struct dp_real *real_of(const struct dp_snapshot *snapshot, uint32_t index)
{
    bool is_listed = index < snapshot->real_end && snapshot->reals[index].position != UINT32_MAX;
    return is_listed ? &snapshot->reals[index] : NULL;
}

static bool is_to(const struct dp_snapshot *snapshot, const struct dp_real *real,
                  const struct dp_ip *wanted)
{
    const struct dp_service *service = &snapshot->services[real->service];
    union dp_address address = dp_address_of(wanted);
    return dp_address_equal(&service->listed[real->position].address, &address);
}

// The service that a frame asks for which went to no real server.
static const struct dp_service *service_of(const struct dp_capture *capture,
                                           const struct dp_snapshot *snapshot, uint32_t i)
{
    const struct kept *kept = &capture->kept[i];
    struct dp_frame frame = {.data = copy_at(capture, i),
                             .length = kept->length,
                             .wire_length = kept->wire_length,
                             .flags = kept->flags};
    struct dp_packet packet;
    if (dp_frame_parse(&frame, snapshot->ingress_mac, &packet) != DP_NEXT ||
        (packet.kind != DP_KIND_TRANSPORT && packet.kind != DP_KIND_ICMP_ERROR)) {
        return NULL;
    }
    return dp_service_find(snapshot, &packet.key);
}

static bool is_wanted(const struct dp_capture *capture, const struct dp_snapshot *snapshot,
                      uint32_t i, const struct dp_real *real)
{
    const struct dp_capture_filter *filter = &capture->filter;
    if (filter->by_real && (real == NULL || !is_to(snapshot, real, &filter->real))) {
        return false;
    }
    if (!filter->by_service) {
        return true;
    }
    if (real != NULL) {
        return real->service == filter->service;
    }
    const struct dp_service *service = service_of(capture, snapshot, i);
    return service != NULL && service->index == filter->service;
}

// Where the worker stands in the ring during a batch.
struct writer {
    uint32_t head, tail;
    uint64_t missed;
};

static struct writer begin(const struct dp_capture *capture)
{
    // The acquire pairs with the release of dp_capture_take(): control has read what stood in the
    // slots.
    return (struct writer){
        .head = atomic_load_explicit(&capture->head, memory_order_relaxed),
        .tail = atomic_load_explicit(&capture->tail, memory_order_acquire),
    };
}

static void end(struct dp_capture *capture, const struct writer *writer)
{
    // Pairs with the acquire of dp_capture_first(): the slots are written.
    atomic_store_explicit(&capture->head, writer->head, memory_order_release);
    dp_counter_add(&capture->missed, writer->missed);
}

static bool has_room(struct writer *writer, uint32_t packets)
{
    bool has = DP_CAPTURE_SLOTS - (writer->head - writer->tail) >= packets;
    writer->missed += has ? 0 : 1;
    return has;
}

static void fill(const struct dp_capture *capture, struct writer *writer, struct slot header,
                 const uint8_t *bytes)
{
    struct slot *slot = slot_at(capture, writer->head++);
    *slot = header;
    memcpy(slot->bytes, bytes, header.length);
}

// The frame as it goes out.
static void fill_sent(const struct dp_capture *capture, struct writer *writer,
                      const struct dp_frame *frame, const struct dp_outcome *outcome,
                      uint64_t time_ns)
{
    struct slot header = {.time_ns = time_ns,
                          .length = snap(capture, frame->length),
                          .wire_length = frame->wire_length,
                          .interface = frame->egress,
                          .real = outcome->real,
                          .reason = outcome->reason,
                          .sent = true};
    fill(capture, writer, header, frame->data);
}

void dp_capture_write(struct dp_capture *capture, const struct dp_snapshot *snapshot,
                      const struct dp_frame *frames, const struct dp_outcome *outcomes,
                      uint32_t count, uint64_t time_ns)
{
    struct writer writer = begin(capture);
    for (uint32_t i = 0; i < count; i++) {
        const struct dp_outcome *outcome = &outcomes[i];
        enum dp_verdict verdict = (enum dp_verdict)dp_verdict_of[outcome->reason];
        bool sent = verdict == DP_TX || verdict == DP_ANSWER;
        if (!is_wanted(capture, snapshot, i, real_of(snapshot, outcome->real)) ||
            !has_room(&writer, sent ? 2 : 1)) {
            continue;
        }
        struct slot header = {.time_ns = time_ns,
                              .length = capture->kept[i].length,
                              .wire_length = capture->kept[i].wire_length,
                              .interface = snapshot->ingress,
                              .real = outcome->real,
                              .reason = outcome->reason};
        fill(capture, &writer, header, copy_at(capture, i));
        if (sent) {
            fill_sent(capture, &writer, &frames[i], outcome, time_ns);
        }
    }
    end(capture, &writer);
}

void dp_capture_write_sent(struct dp_capture *capture, const struct dp_snapshot *snapshot,
                           const struct dp_transmit *out, const struct dp_outcome *outcomes,
                           uint64_t time_ns)
{
    struct writer writer = begin(capture);
    for (uint32_t i = 0; i < out->count; i++) {
        const struct dp_real *real = real_of(snapshot, outcomes[i].real);
        if (real != NULL && is_wanted(capture, snapshot, i, real) && has_room(&writer, 1)) {
            fill_sent(capture, &writer, out->frames[i], &outcomes[i], time_ns);
        }
    }
    end(capture, &writer);
}

bool dp_capture_first(const struct dp_capture *capture, struct dp_captured *packet)
{
    uint32_t tail = atomic_load_explicit(&capture->tail, memory_order_relaxed);
    // Pairs with the release of dp_capture_write().
    if (atomic_load_explicit(&capture->head, memory_order_acquire) == tail) {
        return false;
    }
    const struct slot *slot = slot_at(capture, tail);
    *packet = (struct dp_captured){.time_ns = slot->time_ns,
                                   .bytes = slot->bytes,
                                   .length = slot->length,
                                   .wire_length = slot->wire_length,
                                   .interface = slot->interface,
                                   .real = slot->real,
                                   .reason = (enum dp_reason)slot->reason,
                                   .sent = slot->sent != 0};
    return true;
}

void dp_capture_take(struct dp_capture *capture)
{
    uint32_t tail = atomic_load_explicit(&capture->tail, memory_order_relaxed);
    // Pairs with the acquire of dp_capture_write(): our reads of the slot are over.
    atomic_store_explicit(&capture->tail, tail + 1, memory_order_release);
}

uint64_t dp_capture_missed(const struct dp_capture *capture)
{
    return dp_counter_read(&capture->missed);
}
