// SPDX-License-Identifier: Apache-2.0

#include "arrivals.h"

#include "require.h"

#include <string.h>

static uint8_t *copy_of(const uint8_t *bytes, uint32_t length)
{
    uint8_t *copy = malloc(length);
    require(copy != NULL);
    memcpy(copy, bytes, length);
    return copy;
}

void arrivals_add(struct arrivals *arrivals, const uint8_t *bytes, uint32_t length,
                  uint32_t wire_length, bool vlan)
{
    require(arrivals->count < DP_BATCH);
    size_t whole = DP_HEADROOM + length + (length <= DP_TAILROOM_FRAME ? DP_TAILROOM : 0);
    uint8_t *memory = malloc(whole);
    require(memory != NULL);
    memset(memory, arrivals->surroundings, whole);
    memcpy(memory + DP_HEADROOM, bytes, length);
    uint32_t flags = (vlan ? DP_FRAME_VLAN : 0u) | (wire_length > length ? DP_FRAME_CUT : 0u);
    struct arrival *arrival = &arrivals->list[arrivals->count++];
    arrival->frame = (struct dp_frame){
        .data = memory + DP_HEADROOM, .length = length, .wire_length = wire_length, .flags = flags};
    arrival->asked = arrival->frame;
    arrival->asked.data = copy_of(bytes, length);
}

void arrivals_clear(struct arrivals *arrivals)
{
    for (uint32_t i = 0; i < arrivals->count; i++) {
        free(arrivals->list[i].frame.data - DP_HEADROOM);
        free(arrivals->list[i].asked.data);
    }
    for (uint32_t i = 0; i < arrivals->departure_count; i++) {
        free(arrivals->departures[i].data);
    }
    arrivals->count = 0;
    arrivals->departure_count = 0;
}

static uint32_t receive(struct dp_port *port, struct dp_frame *frames, uint32_t capacity)
{
    struct arrivals *arrivals = (struct arrivals *)port;
    require(arrivals->count <= capacity);
    for (uint32_t i = 0; i < arrivals->count; i++) {
        frames[i] = arrivals->list[i].frame;
    }
    return arrivals->count;
}

static void transmit(struct dp_port *port, struct dp_frame *const *frames, uint32_t count)
{
    struct arrivals *arrivals = (struct arrivals *)port;
    for (uint32_t i = 0; i < count; i++) {
        require(arrivals->departure_count < DEPARTURE_CAPACITY);
        const struct dp_frame *frame = frames[i];
        uint32_t arrival = 0;
        while (arrival < arrivals->count && arrivals->list[arrival].frame.data != frame->data) {
            arrival++;
        }
        arrivals->departures[arrivals->departure_count++] =
            (struct departure){.data = copy_of(frame->data, frame->length),
                               .length = frame->length,
                               .egress = frame->egress,
                               .arrival = arrival < arrivals->count ? arrival : NONE,
                               .own = (frame->flags & DP_FRAME_OWN) != 0};
    }
}

static void release(struct dp_port *port)
{
    (void)port;
}

static uint64_t now_ms(struct dp_port *port)
{
    return ((const struct arrivals *)port)->now_ms;
}

static void close_port(struct dp_port *port)
{
    arrivals_clear((struct arrivals *)port);
    free(port);
}

struct arrivals *arrivals_open(uint8_t surroundings)
{
    static const struct dp_port_operations operations = {.receive = receive,
                                                         .transmit = transmit,
                                                         .release = release,
                                                         .now_ms = now_ms,
                                                         .close = close_port};
    struct arrivals *arrivals = calloc(1, sizeof *arrivals);
    require(arrivals != NULL);
    arrivals->port.operations = &operations;
    arrivals->surroundings = surroundings;
    return arrivals;
}
