// SPDX-License-Identifier: Apache-2.0
//
// Arrays in, arrays out: the production path for tests and benchmarks. What is sent is kept until it
// is cleared, unless only the cost of forwarding matters. One thread.

#include "port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct stored {
    struct dp_frame frame;                // `data` stands behind DP_HEADROOM
    uint8_t pristine[DP_ETHERNET_HEADER]; // as pushed: forwarding changes nothing behind it
};

struct list {
    struct stored *items;
    size_t count, capacity;
};

struct memory_port {
    struct dp_port port;
    struct list received, sent;
    size_t next;
    bool discards;
    uint64_t now_ms;
    struct dp_port_counters counters;
};

static int append(struct list *list, const uint8_t *bytes, uint32_t length, uint32_t flags,
                  uint32_t egress)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? DP_BATCH : list->capacity * 2;
        struct stored *items = reallocarray(list->items, capacity, sizeof *items);
        if (items == NULL) {
            return -ENOMEM;
        }
        list->items = items;
        list->capacity = capacity;
    }
    uint8_t *copy = calloc(1, DP_HEADROOM + length + DP_TAILROOM);
    if (copy == NULL) {
        return -ENOMEM;
    }
    memcpy(copy + DP_HEADROOM, bytes, length);
    struct stored *stored = &list->items[list->count++];
    *stored = (struct stored){.frame = {.data = copy + DP_HEADROOM,
                                        .length = length,
                                        .wire_length = length,
                                        .egress = egress,
                                        .flags = flags}};
    memcpy(stored->pristine, bytes, DP_ETHERNET_HEADER);
    return 0;
}

static void clear(struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].frame.data - DP_HEADROOM);
    }
    list->count = 0;
}

static uint32_t memory_receive(struct dp_port *port, struct dp_frame *frames, uint32_t capacity)
{
    struct memory_port *memory = (struct memory_port *)port;
    size_t left = memory->received.count - memory->next;
    uint32_t count = left < capacity ? (uint32_t)left : capacity;
    const struct stored *stored = &memory->received.items[memory->next];
    for (uint32_t i = 0; i < count; i++) {
        frames[i] = stored[i].frame;
        memcpy(frames[i].data, stored[i].pristine, DP_ETHERNET_HEADER);
    }
    memory->next += count;
    memory->counters.received += count;
    return count;
}

static void memory_transmit(struct dp_port *port, struct dp_frame *const *frames, uint32_t count)
{
    struct memory_port *memory = (struct memory_port *)port;
    memory->counters.sent += count;
    for (uint32_t i = 0; i < count && !memory->discards; i++) {
        const struct dp_frame *frame = frames[i];
        if (append(&memory->sent, frame->data, frame->length, frame->flags, frame->egress) != 0) {
            memory->counters.send_failures++;
        }
    }
}

static void memory_release(struct dp_port *port)
{
    (void)port;
}

static bool memory_wait(struct dp_port *port, int wake_fd, int timeout_ms)
{
    (void)port;
    (void)wake_fd;
    (void)timeout_ms;
    return false;
}

static uint64_t memory_now_ms(struct dp_port *port)
{
    return ((struct memory_port *)port)->now_ms;
}

static void memory_counters(struct dp_port *port, struct dp_port_counters *counters)
{
    *counters = ((struct memory_port *)port)->counters;
}

static void memory_close(struct dp_port *port)
{
    struct memory_port *memory = (struct memory_port *)port;
    clear(&memory->received);
    clear(&memory->sent);
    free(memory->received.items);
    free(memory->sent.items);
    free(memory);
}

static const struct dp_port_operations operations = {
    .receive = memory_receive,
    .transmit = memory_transmit,
    .release = memory_release,
    .wait = memory_wait,
    .now_ms = memory_now_ms,
    .counters = memory_counters,
    .close = memory_close,
};

struct dp_port *dp_memory_open(struct dp_error *error)
{
    *error = (struct dp_error){"make a port in memory", ENOMEM};
    struct memory_port *memory = calloc(1, sizeof *memory);
    if (memory == NULL) {
        return NULL;
    }
    memory->port.operations = &operations;
    return &memory->port;
}

int dp_memory_push(struct dp_port *port, const uint8_t *frame, uint32_t length, bool vlan_tagged)
{
    if (length < DP_ETHERNET_HEADER || length > DP_FRAME_MAX) {
        return -EINVAL;
    }
    struct memory_port *memory = (struct memory_port *)port;
    return append(&memory->received, frame, length, vlan_tagged ? DP_FRAME_VLAN : 0, 0);
}

void dp_memory_set_time(struct dp_port *port, uint64_t now_ms)
{
    ((struct memory_port *)port)->now_ms = now_ms;
}

void dp_memory_rewind(struct dp_port *port)
{
    ((struct memory_port *)port)->next = 0;
}

uint8_t *dp_memory_received(const struct dp_port *port, size_t index, uint32_t *length)
{
    const struct memory_port *memory = (const struct memory_port *)port;
    if (index >= memory->received.count) {
        return NULL;
    }
    *length = memory->received.items[index].frame.length;
    return memory->received.items[index].frame.data;
}

size_t dp_memory_sent_count(const struct dp_port *port)
{
    return ((const struct memory_port *)port)->sent.count;
}

const uint8_t *dp_memory_sent(const struct dp_port *port, size_t index, uint32_t *length,
                              uint32_t *egress)
{
    const struct memory_port *memory = (const struct memory_port *)port;
    if (index >= memory->sent.count) {
        return NULL;
    }
    *length = memory->sent.items[index].frame.length;
    *egress = memory->sent.items[index].frame.egress;
    return memory->sent.items[index].frame.data;
}

void dp_memory_discard(struct dp_port *port, bool discards)
{
    ((struct memory_port *)port)->discards = discards;
}

void dp_memory_clear(struct dp_port *port)
{
    clear(&((struct memory_port *)port)->sent);
}
