// SPDX-License-Identifier: Apache-2.0
//
// AF_XDP: frames come from a receive queue into memory that is shared with the kernel, are rewritten
// there, and go out of it. In: what the program of bpf/xdp_port.bpf.c hands over, single frames with
// whole checksums. Out: the same chunks, by the socket that they came from or one on another interface;
// whatever stands elsewhere is copied into a free chunk. Worker thread;
// Documentation/networking/af_xdp.rst.
//
// A chunk goes round: to be filled, received, free or sent, given back, to be filled.

#include "xdp.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    RESERVE = DP_BATCH, // chunks that are kept for frames of our own
    KICKS_MAX = 8,      // without progress: the way out is full
    BUSY_WAIT_MS = 1,
};

static void add(_Atomic uint64_t *counter, uint64_t amount)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + amount, memory_order_relaxed);
}

static uint32_t ways(const struct dp_xdp_port *xdp)
{
    // Pairs with the release of dp_xdp_add_way(): what it counts is there.
    return atomic_load_explicit(&xdp->way_count, memory_order_acquire);
}

// What was sent is free.
static void reclaim(struct dp_xdp_port *xdp, struct dp_xdp_way *way)
{
    uint32_t at = 0;
    uint32_t count = xsk_ring_cons__peek(&way->sent, DP_XDP_RING, &at);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t address = *xsk_ring_cons__comp_addr(&way->sent, at + i);
        uint32_t chunk = (uint32_t)(address / xdp->chunk_size);
        xdp->is_sent[chunk] = false;
        xdp->free[xdp->free_count++] = chunk;
    }
    xdp->outgoing -= count;
    if (count > 0) {
        xsk_ring_cons__release(&way->sent, count);
    }
}

static void reclaim_all(struct dp_xdp_port *xdp)
{
    for (uint32_t i = 0; xdp->outgoing > 0 && i < ways(xdp); i++) {
        reclaim(xdp, &xdp->ways[i]);
    }
}

// What is free is to be filled.
static void refill(struct dp_xdp_port *xdp)
{
    struct xsk_ring_prod *fill = &xdp->ways[0].fill;
    uint32_t at = 0;
    uint32_t count = xdp->free_count > RESERVE ? xdp->free_count - RESERVE : 0;
    uint32_t room = xsk_prod_nb_free(fill, count);
    count = count < room ? count : room;
    if (count == 0 || xsk_ring_prod__reserve(fill, count, &at) == 0) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        *xsk_ring_prod__fill_addr(fill, at + i) =
            (uint64_t)xdp->free[--xdp->free_count] * xdp->chunk_size;
    }
    xsk_ring_prod__submit(fill, count);
}

static uint32_t xdp_receive(struct dp_port *port, struct dp_frame *frames, uint32_t capacity)
{
    struct dp_xdp_port *xdp = (struct dp_xdp_port *)port;
    uint32_t at = 0;
    reclaim_all(xdp);
    refill(xdp);
    capacity = capacity < DP_BATCH ? capacity : DP_BATCH;
    uint32_t count = xsk_ring_cons__peek(&xdp->receive, capacity, &at);
    for (uint32_t i = 0; i < count; i++) {
        const struct xdp_desc *received = xsk_ring_cons__rx_desc(&xdp->receive, at + i);
        frames[i] = (struct dp_frame){.data = xdp->memory + received->addr,
                                      .length = received->len,
                                      .wire_length = received->len};
        xdp->batch[i] = (uint32_t)(received->addr / xdp->chunk_size);
    }
    xdp->batch_count = count;
    if (count > 0) {
        xsk_ring_cons__release(&xdp->receive, count);
        add(&xdp->received, count);
    }
    return count;
}

static void xdp_release(struct dp_port *port)
{
    struct dp_xdp_port *xdp = (struct dp_xdp_port *)port;
    for (uint32_t i = 0; i < xdp->batch_count; i++) {
        if (!xdp->is_sent[xdp->batch[i]]) {
            xdp->free[xdp->free_count++] = xdp->batch[i];
        }
    }
    xdp->batch_count = 0;
}

static struct dp_xdp_way *way_to(struct dp_xdp_port *xdp, uint32_t interface)
{
    uint32_t count = ways(xdp);
    for (uint32_t i = 0; i < count; i++) {
        if (xdp->ways[i].interface == interface) {
            return &xdp->ways[i];
        }
    }
    return NULL;
}

// Where the frame stands in the shared memory; a copy of one that stands elsewhere. False: no chunk is
// free.
static bool place(struct dp_xdp_port *xdp, const struct dp_frame *frame, uint64_t *address)
{
    uintptr_t offset = (uintptr_t)frame->data - (uintptr_t)xdp->memory;
    if (offset < xdp->memory_size) {
        *address = offset;
        return true;
    }
    if (xdp->free_count == 0 || frame->length > xdp->chunk_size) {
        return false;
    }
    *address = (uint64_t)xdp->free[--xdp->free_count] * xdp->chunk_size;
    memcpy(xdp->memory + *address, frame->data, frame->length);
    return true;
}

static bool put(struct dp_xdp_port *xdp, struct dp_xdp_way *way, const struct dp_frame *frame)
{
    uint64_t address;
    uint32_t at = 0;
    if (xsk_prod_nb_free(&way->transmit, 1) == 0 || !place(xdp, frame, &address)) {
        return false;
    }
    xsk_ring_prod__reserve(&way->transmit, 1, &at);
    *xsk_ring_prod__tx_desc(&way->transmit, at) =
        (struct xdp_desc){.addr = address, .len = frame->length};
    xdp->is_sent[address / xdp->chunk_size] = true;
    xdp->outgoing++;
    return true;
}

static bool send_by_packet(const struct dp_xdp_port *xdp, const struct dp_frame *frame)
{
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_ifindex = (int)frame->egress, .sll_halen = DP_MAC_LENGTH};
    return sendto(xdp->packet_fd, frame->data, frame->length, MSG_DONTWAIT,
                  (struct sockaddr *)&address, sizeof address) >= 0;
}

// Descriptors that the kernel has not taken yet.
static uint32_t waiting(const struct dp_xdp_way *way)
{
    return *way->transmit.producer - __atomic_load_n(way->transmit.consumer, __ATOMIC_ACQUIRE);
}

// Has the kernel send what waits, some at a call where it copies. What it refuses goes with the next.
static void kick(struct dp_xdp_way *way)
{
    uint32_t before = waiting(way);
    for (int idle = 0; before > 0 && idle < KICKS_MAX;) {
        if (!xsk_ring_prod__needs_wakeup(&way->transmit)) {
            return;
        }
        ssize_t done = sendto(xsk_socket__fd(way->socket), NULL, 0, MSG_DONTWAIT, NULL, 0);
        if (done < 0 && errno != EAGAIN && errno != EBUSY && errno != ENOBUFS && errno != EINTR) {
            return;
        }
        uint32_t after = waiting(way);
        idle = after == before ? idle + 1 : 0;
        before = after;
    }
}

static void xdp_transmit(struct dp_port *port, struct dp_frame *const *frames, uint32_t count)
{
    struct dp_xdp_port *xdp = (struct dp_xdp_port *)port;
    uint32_t used = 0; // a bit for each way
    uint32_t failed = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct dp_xdp_way *way = way_to(xdp, frames[i]->egress);
        if (way != NULL ? !put(xdp, way, frames[i]) : !send_by_packet(xdp, frames[i])) {
            failed++;
        } else if (way != NULL) {
            used |= 1u << (way - xdp->ways);
        }
    }
    for (struct dp_xdp_way *way = xdp->ways; used != 0; way++, used >>= 1) {
        if ((used & 1) != 0) {
            struct xsk_ring_prod *ring = &way->transmit;
            xsk_ring_prod__submit(ring, ring->cached_prod - *ring->producer);
            kick(way);
        }
    }
    add(&xdp->sent, count - failed);
    add(&xdp->send_failures, failed);
}

static bool xdp_wait(struct dp_port *port, int wake_fd, int timeout_ms)
{
    struct dp_xdp_port *xdp = (struct dp_xdp_port *)port;
    int fd = xsk_socket__fd(xdp->ways[0].socket);
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};
    bool is_busy = false;
    for (uint32_t i = 0; xdp->outgoing > 0 && i < ways(xdp); i++) {
        kick(&xdp->ways[i]);
        is_busy = is_busy || waiting(&xdp->ways[i]) > 0;
    }
    // Nothing is received while all chunks are on their way out, and nobody tells when one is back.
    is_busy = is_busy || xdp->outgoing > xdp->chunk_count / 2;
    if (is_busy && (timeout_ms < 0 || timeout_ms > BUSY_WAIT_MS)) {
        timeout_ms = BUSY_WAIT_MS;
    }
    if (poll(fds, 2, timeout_ms) > 0 && (fds[0].revents & POLLERR) != 0) {
        // "Network is down" and the like, told once; frames come again when the link does.
        int code = 0;
        socklen_t size = sizeof code;
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
    }
    return fds[1].revents != 0;
}

static uint64_t xdp_now_ms(struct dp_port *port)
{
    (void)port;
    return dp_monotonic_ms();
}

static void xdp_counters(struct dp_port *port, struct dp_port_counters *counters)
{
    struct dp_xdp_port *xdp = (struct dp_xdp_port *)port;
    struct xdp_statistics statistics = {0};
    socklen_t size = sizeof statistics;
    getsockopt(xsk_socket__fd(xdp->ways[0].socket), SOL_XDP, XDP_STATISTICS, &statistics, &size);
    *counters = (struct dp_port_counters){
        .received = atomic_load_explicit(&xdp->received, memory_order_relaxed),
        .ring_drops = statistics.rx_dropped + statistics.rx_ring_full,
        .sent = atomic_load_explicit(&xdp->sent, memory_order_relaxed),
        .send_failures = atomic_load_explicit(&xdp->send_failures, memory_order_relaxed)};
}

const struct dp_port_operations dp_xdp_operations = {
    .receive = xdp_receive,
    .transmit = xdp_transmit,
    .release = xdp_release,
    .wait = xdp_wait,
    .now_ms = xdp_now_ms,
    .counters = xdp_counters,
    .close = dp_xdp_close,
};
