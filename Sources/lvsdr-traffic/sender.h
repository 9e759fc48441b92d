// SPDX-License-Identifier: Apache-2.0
//
// Sends a plan's frames out of an interface, in one of two ways: XDP live frames, which a program in
// the kernel makes and sends, or an AF_PACKET socket. The calling thread stands in the interface's namespace when it opens the sender.
#ifndef TRAFFIC_SENDER_H
#define TRAFFIC_SENDER_H

#include "template.h"

#include <pthread.h>
#include <stdint.h>

struct sender {
    struct plan *plan;
    uint8_t frame[TEMPLATE_SIZE_MAX];
    uint32_t length;
    uint32_t interface;
    int fd; // the program's, or the socket's
    uint8_t *batch;
    void (*send)(struct sender *sender); // returns once `stop` is not 0
    volatile uint32_t stop;
    uint32_t cpu;      // where the sending thread is
    uint32_t receiver; // the director's receiving thread
    pthread_t thread;
};

// Live frames where the kernel has them, else a socket; `way` is `xdp`, `packet` or `auto`.
// Returns the way that was taken.
const char *sender_open(struct sender *sender, const char *way,
                        const struct template_options *options);

// Sends by a thread of its own, until it is stopped.
void sender_start(struct sender *sender);
void sender_stop(struct sender *sender);

uint64_t monotonic_ns(void);

#endif
