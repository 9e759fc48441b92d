// SPDX-License-Identifier: Apache-2.0
//
// What frames come from and go to. One indirect call a batch, none a frame. A port is used by one
// worker; `counters` alone may be called from the control thread meanwhile.

#ifndef DP_PORT_H
#define DP_PORT_H

#include "../frame.h"

struct dp_port_operations {
    // Up to `capacity` frames, the port's memory, the caller's until release. Never waits.
    uint32_t (*receive)(struct dp_port *port, struct dp_frame *frames, uint32_t capacity);
    // Sends `count` frames, each by its egress. What can not be sent is counted and left.
    void (*transmit)(struct dp_port *port, struct dp_frame *const *frames, uint32_t count);
    // Takes all received frames back.
    void (*release)(struct dp_port *port);
    // Waits for a frame, for `wake_fd` to become readable, or for the time to pass; true where it is
    // readable.
    bool (*wait)(struct dp_port *port, int wake_fd, int timeout_ms);
    // The time that the flows live by, in milliseconds.
    uint64_t (*now_ms)(struct dp_port *port);
    void (*counters)(struct dp_port *port, struct dp_port_counters *counters);
    void (*close)(struct dp_port *port);
};

// The first member of every port.
struct dp_port {
    const struct dp_port_operations *operations;
};

// The host's time of day, in nanoseconds since 1970.
uint64_t dp_wall_clock_ns(void);

#endif
