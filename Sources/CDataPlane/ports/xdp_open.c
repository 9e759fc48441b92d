// SPDX-License-Identifier: Apache-2.0
//
// An AF_XDP port is made: memory that is shared with the kernel, a socket on the receive queue, further
// ones over the same memory that only send. Control thread; Documentation/networking/af_xdp.rst.

#include "xdp.h"

#include "../bpf/xdp_port_layout.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_xdp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    XDP_HEADROOM = 256, // that the kernel leaves before a frame
    CHUNK_SMALL = 2048, // holds an MTU of 1,500
    CHUNK_LARGE = 4096, // a page: no frame may be larger
    CHUNKS_MIN = 2048,
    VLAN_TAG = 4,
    SOCKET_BUFFER = 8 << 20, // bytes: frames on their way out
    SEND_BUDGET = DP_BATCH,  // frames that the kernel copies and sends a call
    BUSY_TRIES = 20,         // a process that was killed leaves its queues a little later
    BUSY_WAIT_MS = 50,
};

// Younger than Debian 12's headers; kernels that do not know it send 32.
#ifndef XDP_MAX_TX_SKB_BUDGET
#define XDP_MAX_TX_SKB_BUDGET 9
#endif

// Asks the interface's driver; -errno.
static int ask(uint32_t interface, unsigned long question, struct ifreq *request)
{
    if (if_indextoname(interface, request->ifr_name) == NULL) {
        return -errno;
    }
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int failed = fd < 0 || ioctl(fd, question, request) < 0 ? -errno : 0;
    if (fd >= 0) {
        close(fd);
    }
    return failed;
}

int dp_xdp_queue_count(uint32_t interface, struct dp_error *error)
{
    struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
    struct ifreq request = {.ifr_data = (void *)&channels};
    int failure = ask(interface, SIOCETHTOOL, &request);
    *error = (struct dp_error){"count the interface's receive queues", -failure};
    if (failure == -EOPNOTSUPP) {
        return 1;
    }
    uint32_t count = channels.rx_count + channels.combined_count;
    if (failure == 0 && count > DP_XDP_QUEUES_MAX) {
        error->code = E2BIG;
        return -E2BIG;
    }
    return failure != 0 ? failure : count == 0 ? 1 : (int)count;
}

static int choose_chunk(struct dp_xdp_port *xdp, uint32_t interface, struct dp_error *error)
{
    struct ifreq request = {0};
    int failure = ask(interface, SIOCGIFMTU, &request);
    *error = (struct dp_error){"fit the interface's frames into pages", -failure};
    if (failure != 0) {
        return failure;
    }
    int size = request.ifr_mtu + DP_ETHERNET_HEADER + VLAN_TAG;
    xdp->chunk_size = size <= CHUNK_SMALL - XDP_HEADROOM ? CHUNK_SMALL : CHUNK_LARGE;
    if (size > CHUNK_LARGE - XDP_HEADROOM) {
        error->code = EMSGSIZE;
        return -EMSGSIZE;
    }
    return 0;
}

// Huge pages that are set aside, else such as the kernel can gather.
static int map_memory(struct dp_xdp_port *xdp, struct dp_error *error)
{
    int protection = PROT_READ | PROT_WRITE;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    error->operation = "map memory for frames";
    xdp->memory_size = (size_t)xdp->chunk_count * xdp->chunk_size;
    void *memory = mmap(NULL, xdp->memory_size, protection, flags | MAP_HUGETLB, -1, 0);
    if (memory == MAP_FAILED) {
        memory = mmap(NULL, xdp->memory_size, protection, flags, -1, 0);
        if (memory == MAP_FAILED) {
            return -errno;
        }
        madvise(memory, xdp->memory_size, MADV_HUGEPAGE);
    }
    xdp->memory = memory;
    return 0;
}

static int share_memory(struct dp_xdp_port *xdp, struct dp_error *error)
{
    struct xsk_umem_config config = {
        .fill_size = DP_XDP_RING, .comp_size = DP_XDP_RING, .frame_size = xdp->chunk_size};
    error->operation = "share memory for frames with the kernel";
    struct dp_xdp_way *own = &xdp->ways[0];
    return xsk_umem__create(&xdp->umem, xdp->memory, xdp->memory_size, &own->fill, &own->sent,
                            &config);
}

// As much memory as may be locked.
static int make_memory(struct dp_xdp_port *xdp, struct dp_error *error)
{
    int failure;
    for (xdp->chunk_count = DP_XDP_CHUNKS;; xdp->chunk_count /= 2) {
        failure = map_memory(xdp, error);
        failure = failure != 0 ? failure : share_memory(xdp, error);
        if (failure != -ENOBUFS || xdp->chunk_count == CHUNKS_MIN) {
            break;
        }
        munmap(xdp->memory, xdp->memory_size);
        xdp->memory = NULL;
    }
    for (uint32_t i = 0; failure == 0 && i < xdp->chunk_count; i++) {
        xdp->free[xdp->free_count++] = i;
    }
    return failure;
}

// A socket over the port's memory; one without a ring to receive by only sends.
static int open_way(struct dp_xdp_port *xdp, struct dp_xdp_way *way, uint32_t queue,
                    struct xsk_ring_cons *receive)
{
    char name[IF_NAMESIZE];
    struct xsk_socket_config config = {.rx_size = DP_XDP_RING,
                                       .tx_size = DP_XDP_RING,
                                       .libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
                                       .bind_flags = XDP_USE_NEED_WAKEUP};
    if (if_indextoname(way->interface, name) == NULL) {
        return -errno;
    }
    int failure = xsk_socket__create_shared(&way->socket, name, queue, xdp->umem, receive,
                                            &way->transmit, &way->fill, &way->sent, &config);
    if (failure != 0) {
        way->socket = NULL;
        return failure;
    }
    int fd = xsk_socket__fd(way->socket);
    // Where these are refused frames go out in smaller portions.
    int buffer = SOCKET_BUFFER;
    uint32_t budget = SEND_BUDGET;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
    setsockopt(fd, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &budget, sizeof budget);
    return 0;
}

static bool has_zero_copy(const struct dp_xdp_way *way)
{
    struct xdp_options options = {0};
    socklen_t size = sizeof options;
    return getsockopt(xsk_socket__fd(way->socket), SOL_XDP, XDP_OPTIONS, &options, &size) == 0 &&
           (options.flags & XDP_OPTIONS_ZEROCOPY) != 0;
}

static int set_up(struct dp_xdp_port *xdp, uint32_t interface, struct dp_error *error)
{
    struct dp_xdp_way *own = &xdp->ways[0];
    int failure = choose_chunk(xdp, interface, error);
    failure = failure != 0 ? failure : make_memory(xdp, error);
    if (failure != 0) {
        return failure;
    }
    error->operation = "bind an AF_XDP socket to the interface";
    own->interface = interface;
    failure = open_way(xdp, own, xdp->queue, &xdp->receive);
    if (failure != 0) {
        return failure;
    }
    xdp->is_zero_copy = has_zero_copy(own);
    atomic_store(&xdp->way_count, 1);
    error->operation = "open a packet socket";
    // Of no protocol: it receives nothing.
    xdp->packet_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    return xdp->packet_fd < 0 ? -errno : 0;
}

static struct dp_port *try_open(uint32_t interface, uint32_t queue, struct dp_error *error)
{
    *error = (struct dp_error){"open an AF_XDP socket", ENOMEM};
    struct dp_xdp_port *xdp = calloc(1, sizeof *xdp);
    if (xdp == NULL) {
        return NULL;
    }
    xdp->port.operations = &dp_xdp_operations;
    xdp->queue = queue;
    xdp->packet_fd = -1;
    int failure = set_up(xdp, interface, error);
    error->code = -failure;
    if (failure != 0) {
        dp_xdp_close(&xdp->port);
        return NULL;
    }
    return &xdp->port;
}

struct dp_port *dp_xdp_open(uint32_t interface, uint32_t queue, struct dp_error *error)
{
    static const struct timespec pause = {.tv_nsec = BUSY_WAIT_MS * 1000000L};
    struct dp_port *port = try_open(interface, queue, error);
    for (int i = 0; port == NULL && error->code == EBUSY && i < BUSY_TRIES; i++) {
        nanosleep(&pause, NULL);
        port = try_open(interface, queue, error);
    }
    return port;
}

bool dp_xdp_is_zero_copy(const struct dp_port *port)
{
    return ((const struct dp_xdp_port *)port)->is_zero_copy;
}

int dp_xdp_add_way(struct dp_port *port, uint32_t interface, struct dp_error *error)
{
    struct dp_xdp_port *xdp = (struct dp_xdp_port *)port;
    uint32_t count = atomic_load(&xdp->way_count);
    *error = (struct dp_error){"open an AF_XDP socket on another interface", 0};
    for (uint32_t i = 0; i < count; i++) {
        if (xdp->ways[i].interface == interface) {
            return 0;
        }
    }
    int failure = count == DP_XDP_WAYS_MAX ? -E2BIG : 0;
    int queues = failure != 0 ? failure : dp_xdp_queue_count(interface, error);
    if (queues > 0) {
        struct dp_xdp_way *way = &xdp->ways[count];
        way->interface = interface;
        failure = open_way(xdp, way, xdp->queue % (uint32_t)queues, NULL);
    } else {
        failure = queues;
    }
    error->code = -failure;
    if (failure == 0) {
        // Pairs with the acquire of the worker's ways().
        atomic_store_explicit(&xdp->way_count, count + 1, memory_order_release);
    }
    return failure;
}

void dp_xdp_close(struct dp_port *port)
{
    struct dp_xdp_port *xdp = (struct dp_xdp_port *)port;
    for (uint32_t i = 0; i < DP_XDP_WAYS_MAX; i++) {
        if (xdp->ways[i].socket != NULL) {
            xsk_socket__delete(xdp->ways[i].socket);
        }
    }
    if (xdp->umem != NULL) {
        xsk_umem__delete(xdp->umem);
    }
    if (xdp->memory != NULL) {
        munmap(xdp->memory, xdp->memory_size);
    }
    if (xdp->packet_fd >= 0) {
        close(xdp->packet_fd);
    }
    free(xdp);
}
