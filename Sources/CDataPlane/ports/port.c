// SPDX-License-Identifier: Apache-2.0
//
// What every port needs.

#include "port.h"

#include <time.h>

uint64_t dp_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t dp_wall_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void dp_port_close(struct dp_port *port)
{
    if (port != NULL) {
        port->operations->close(port);
    }
}
