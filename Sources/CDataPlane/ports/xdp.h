// SPDX-License-Identifier: Apache-2.0

#ifndef DP_XDP_H
#define DP_XDP_H

#include "port.h"

#include <stdatomic.h>
#include <xdp/xsk.h>

enum {
    DP_XDP_RING = 8192,          // descriptors a ring
    DP_XDP_CHUNKS = DP_XDP_RING, // at most
    DP_XDP_WAYS_MAX = 16,
};

// Where frames go out: a socket on an interface. What comes back from it has been sent.
struct dp_xdp_way {
    uint32_t interface;
    struct xsk_socket *socket;
    struct xsk_ring_prod transmit;
    struct xsk_ring_prod fill; // stays empty but for the port's own interface
    struct xsk_ring_cons sent;
};

// The worker's, but for what says otherwise.
struct dp_xdp_port {
    struct dp_port port;
    uint32_t queue;
    bool is_zero_copy;
    int packet_fd;   // an AF_PACKET socket, for interfaces without a way
    uint8_t *memory; // of chunk_count chunks, shared with the kernel
    uint32_t chunk_count;
    size_t memory_size;
    uint32_t chunk_size; // a power of two
    struct xsk_umem *umem;
    struct xsk_ring_cons receive;
    struct dp_xdp_way ways[DP_XDP_WAYS_MAX]; // the first is the port's own interface
    _Atomic uint32_t way_count;              // control adds to it
    // Chunks: the kernel's, or a frame's of the batch, or free.
    uint32_t free[DP_XDP_CHUNKS];
    uint32_t free_count;
    uint32_t batch[DP_BATCH];
    uint32_t batch_count;
    bool is_sent[DP_XDP_CHUNKS]; // given to a way, and not back yet
    uint32_t outgoing;           // how many of them
    // Written by the worker, read by control.
    _Atomic uint64_t received, sent, send_failures;
};

// What a worker does with a port.
extern const struct dp_port_operations dp_xdp_operations;

// Of one whose opening failed halfway too.
void dp_xdp_close(struct dp_port *port);

#endif
