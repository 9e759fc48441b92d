// SPDX-License-Identifier: Apache-2.0

#ifndef DP_WORKER_H
#define DP_WORKER_H

#include "capture.h"
#include "forwarder.h"
#include "fragment.h"
#include "ports/port.h"

#include <pthread.h>

struct dp_worker {
    struct dp_forwarder *forwarder;
    struct dp_reader *reader;
    struct dp_port *port;
    struct dp_sweep sweep;
    bool sweep_again; // more of it is due
    bool attends;     // to flows that the XDP program begins
    uint32_t opened;  // of those, in the last step
    struct dp_limiter limiter;
    struct dp_hold *hold;
    struct dp_capture_hook capture;
    pthread_t thread;
    bool running;
    int wake_fd;
    _Atomic bool stopping;
    _Atomic uint32_t announcements; // asked for
    uint32_t announced;
    _Atomic uint64_t last_round_ms;
};

#endif
