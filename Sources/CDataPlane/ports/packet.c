// SPDX-License-Identifier: Apache-2.0
//
// AF_PACKET: a TPACKET_V2 receive ring, and sendmmsg out of the ring's own memory. In: the frames
// that the tap's filter admits, super-frames included. Out: the same memory, sent by any interface.
// Worker thread; Documentation/networking/packet_mmap.rst.
//
// With PACKET_VNET_HDR each frame stands behind a virtio-net header that says what the offloads
// left undone (checksum, segmentation); it goes back to the kernel as it came. A frame that is too
// large for its slot is queued whole as well (PACKET_COPY_THRESH) and read from there.

#include "port.h"
#include "tap.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    VNET_HEADER = sizeof(struct virtio_net_hdr),
    COPY_SLOTS = 16, // super-frames a batch
    COPY_SLOT = VNET_HEADER + DP_FRAME_MAX,
    SOCKET_BUFFER = 8 << 20, // bytes: queued super-frames, frames on their way out
    BLOCK_SIZE = 1 << 18,
    SEND_WAIT_MS = 1,
    SLOT_SIZE_MIN = 1024, // a short frame, its headers in the ring, and its tailroom
    SLOT_COUNT_MAX = 1 << 20,
};

// Younger than Debian 12's headers. A kernel that does not know it hands our own frames back, which
// the pipeline passes by their MAC address.
#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000
#endif

_Static_assert(VNET_HEADER <= DP_HEADROOM, "the header fits before the frame");

struct packet_port {
    struct dp_port port;
    int fd;
    uint8_t *ring;
    size_t ring_size;
    struct tpacket2_hdr **slots; // slot_count of them, in the ring's order
    uint32_t slot_count;
    uint32_t fanout; // the group's number, or 0
    uint32_t next;   // to be looked at
    uint32_t first;  // the first of those that are the worker's, up to `next`
    uint8_t *copies; // COPY_SLOTS of COPY_SLOT bytes
    uint32_t copies_used;
    // Written by the worker, read by control.
    _Atomic uint64_t received, sent, send_failures;
    // Control's: the kernel's counters start anew at each reading.
    uint64_t ring_drops;
};

static void add(_Atomic uint64_t *counter, uint64_t amount)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + amount, memory_order_relaxed);
}

static uint32_t after(const struct packet_port *packet, uint32_t slot)
{
    return slot + 1 == packet->slot_count ? 0 : slot + 1;
}

// The whole of a frame that its slot only has the head of: it was queued on the socket as well.
static bool read_copy(struct packet_port *packet, struct dp_frame *frame)
{
    uint8_t *copy = packet->copies + (size_t)packet->copies_used * COPY_SLOT;
    ssize_t length = recv(packet->fd, copy, COPY_SLOT, MSG_DONTWAIT | MSG_TRUNC);
    if (length < VNET_HEADER + DP_ETHERNET_HEADER || length > COPY_SLOT) {
        return false;
    }
    packet->copies_used++;
    frame->data = copy + VNET_HEADER;
    frame->length = (uint32_t)length - VNET_HEADER;
    frame->wire_length = frame->length;
    return true;
}

static uint32_t packet_receive(struct dp_port *port, struct dp_frame *frames, uint32_t capacity)
{
    struct packet_port *packet = (struct packet_port *)port;
    uint32_t count = 0;
    for (; count < capacity && packet->copies_used < COPY_SLOTS; count++) {
        struct tpacket2_hdr *slot = packet->slots[packet->next];
        // Pairs with the kernel's release of the slot: its bytes are there.
        uint32_t status = __atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE);
        if ((status & TP_STATUS_USER) == 0) {
            break;
        }
        struct dp_frame *frame = &frames[count];
        *frame = (struct dp_frame){.data = (uint8_t *)slot + slot->tp_mac,
                                   .length = slot->tp_snaplen,
                                   .wire_length = slot->tp_len,
                                   .flags = (status & TP_STATUS_VLAN_VALID) ? DP_FRAME_VLAN : 0};
        bool whole = (status & TP_STATUS_COPY) != 0 ? read_copy(packet, frame)
                                                    : slot->tp_snaplen == slot->tp_len;
        if (!whole) {
            frame->flags |= DP_FRAME_CUT;
        }
        packet->next = after(packet, packet->next);
    }
    add(&packet->received, count);
    return count;
}

static void packet_release(struct dp_port *port)
{
    struct packet_port *packet = (struct packet_port *)port;
    for (; packet->first != packet->next; packet->first = after(packet, packet->first)) {
        // Pairs with the kernel's acquire: our reads and sends of the slot are over.
        __atomic_store_n(&packet->slots[packet->first]->tp_status, TP_STATUS_KERNEL,
                         __ATOMIC_RELEASE);
    }
    packet->copies_used = 0;
}

struct outgoing {
    struct mmsghdr messages[DP_BATCH];
    struct iovec parts[DP_BATCH];
    struct sockaddr_ll addresses[DP_BATCH];
};

static void prepare(struct outgoing *out, struct dp_frame *const *frames, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct dp_frame *frame = frames[i];
        uint8_t *start = frame->data - VNET_HEADER;
        if ((frame->flags & DP_FRAME_OWN) != 0) {
            memset(start, 0, VNET_HEADER); // nothing is left undone in it
        }
        // Without a protocol: the kernel takes the frame's own, as a super-frame's kind asks.
        out->addresses[i] = (struct sockaddr_ll){
            .sll_family = AF_PACKET, .sll_ifindex = (int)frame->egress, .sll_halen = DP_MAC_LENGTH};
        out->parts[i] = (struct iovec){start, VNET_HEADER + frame->length};
        out->messages[i].msg_hdr = (struct msghdr){.msg_name = &out->addresses[i],
                                                   .msg_namelen = sizeof out->addresses[i],
                                                   .msg_iov = &out->parts[i],
                                                   .msg_iovlen = 1};
    }
}

static bool is_busy(int code)
{
    return code == EAGAIN || code == ENOBUFS;
}

static void packet_transmit(struct dp_port *port, struct dp_frame *const *frames, uint32_t count)
{
    struct packet_port *packet = (struct packet_port *)port;
    struct outgoing out;
    uint32_t done = 0;
    uint32_t failed = 0;
    bool waited = false;
    prepare(&out, frames, count);
    while (done < count) {
        int sent = sendmmsg(packet->fd, out.messages + done, count - done, MSG_DONTWAIT);
        if (sent > 0) {
            done += (uint32_t)sent;
        } else if (errno == EINTR) {
            continue;
        } else if (is_busy(errno) && !waited) {
            // The way out is full: one short wait a batch, then frames are lost as at any queue.
            waited = true;
            struct pollfd room = {.fd = packet->fd, .events = POLLOUT};
            poll(&room, 1, SEND_WAIT_MS);
        } else {
            done++; // this one can not be sent; those behind it may
            failed++;
        }
    }
    add(&packet->sent, count - failed);
    add(&packet->send_failures, failed);
}

static bool packet_wait(struct dp_port *port, int wake_fd, int timeout_ms)
{
    struct packet_port *packet = (struct packet_port *)port;
    struct pollfd fds[] = {{.fd = packet->fd, .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};
    if (poll(fds, 2, timeout_ms) > 0 && (fds[0].revents & POLLERR) != 0) {
        // "Network is down" and the like, told once; frames come again when the link does.
        int code = 0;
        socklen_t size = sizeof code;
        getsockopt(packet->fd, SOL_SOCKET, SO_ERROR, &code, &size);
    }
    return fds[1].revents != 0;
}

static uint64_t packet_now_ms(struct dp_port *port)
{
    (void)port;
    return dp_monotonic_ms();
}

static void packet_counters(struct dp_port *port, struct dp_port_counters *counters)
{
    struct packet_port *packet = (struct packet_port *)port;
    struct tpacket_stats statistics = {0};
    socklen_t size = sizeof statistics;
    if (getsockopt(packet->fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0) {
        packet->ring_drops += statistics.tp_drops;
    }
    *counters = (struct dp_port_counters){
        .received = atomic_load_explicit(&packet->received, memory_order_relaxed),
        .ring_drops = packet->ring_drops,
        .sent = atomic_load_explicit(&packet->sent, memory_order_relaxed),
        .send_failures = atomic_load_explicit(&packet->send_failures, memory_order_relaxed)};
}

static void packet_close(struct dp_port *port)
{
    struct packet_port *packet = (struct packet_port *)port;
    if (packet->ring != NULL) {
        munmap(packet->ring, packet->ring_size);
    }
    if (packet->fd >= 0) {
        close(packet->fd);
    }
    free(packet->slots);
    free(packet->copies);
    free(packet);
}

static const struct dp_port_operations operations = {
    .receive = packet_receive,
    .transmit = packet_transmit,
    .release = packet_release,
    .wait = packet_wait,
    .now_ms = packet_now_ms,
    .counters = packet_counters,
    .close = packet_close,
};

static int set_option(const struct packet_port *packet, int level, int name, int value)
{
    return setsockopt(packet->fd, level, name, &value, sizeof value);
}

// Everything before the bind, so that no frame comes in that the filter has not seen.
static int configure(struct packet_port *packet, const struct dp_tap *tap, struct dp_error *error)
{
    error->operation = "set up the packet socket";
    if (set_option(packet, SOL_PACKET, PACKET_VERSION, TPACKET_V2) != 0 ||
        set_option(packet, SOL_PACKET, PACKET_VNET_HDR, 1) != 0 ||
        set_option(packet, SOL_PACKET, PACKET_COPY_THRESH, 1) != 0 ||
        set_option(packet, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1) != 0 ||
        set_option(packet, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER) != 0 ||
        set_option(packet, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER) != 0) {
        return -1;
    }
    error->operation = "attach the socket filter";
    return set_option(packet, SOL_SOCKET, SO_ATTACH_BPF, tap->filter_fd);
}

static int map_ring(struct packet_port *packet, const struct dp_packet_options *options,
                    struct dp_error *error)
{
    error->operation = "map the receive ring";
    uint32_t per_block = BLOCK_SIZE / options->slot_size;
    uint32_t blocks = (options->slot_count + per_block - 1) / per_block;
    struct tpacket_req request = {.tp_block_size = BLOCK_SIZE,
                                  .tp_block_nr = blocks,
                                  .tp_frame_size = options->slot_size,
                                  .tp_frame_nr = blocks * per_block};
    packet->slot_count = request.tp_frame_nr;
    packet->slots = calloc(packet->slot_count, sizeof(struct tpacket2_hdr *));
    if (packet->slots == NULL ||
        setsockopt(packet->fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0) {
        return -1;
    }
    packet->ring_size = (size_t)blocks * BLOCK_SIZE;
    void *ring = mmap(NULL, packet->ring_size, PROT_READ | PROT_WRITE, MAP_SHARED, packet->fd, 0);
    if (ring == MAP_FAILED) {
        return -1;
    }
    packet->ring = ring;
    for (uint32_t i = 0; i < packet->slot_count; i++) {
        size_t offset =
            (size_t)(i / per_block) * BLOCK_SIZE + (size_t)(i % per_block) * options->slot_size;
        packet->slots[i] = (struct tpacket2_hdr *)(void *)(packet->ring + offset);
    }
    return 0;
}

static int bind_to(const struct packet_port *packet, uint32_t interface, struct dp_error *error)
{
    error->operation = "bind the packet socket to the interface";
    // All protocols: a socket for one taps behind the ingress hook, where the guard has dropped.
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)interface};
    return bind(packet->fd, (struct sockaddr *)&address, sizeof address);
}

// Shares the interface's frames with the other ports of the group, by flow hash. The group's own
// hook takes the place of the socket's: what that one ignores, this one has to be told again.
static int join(struct packet_port *packet, uint32_t group, struct dp_error *error)
{
    error->operation = "share the interface's frames among the workers";
    uint32_t type = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_IGNORE_OUTGOING;
    if (group == 0) {
        return 0;
    }
    if (group == DP_FANOUT_NEW) {
        type |= PACKET_FANOUT_FLAG_UNIQUEID;
        group = 0;
    }
    if (set_option(packet, SOL_PACKET, PACKET_FANOUT, (int)(type << 16 | group)) != 0) {
        return -1;
    }
    int joined = 0;
    socklen_t size = sizeof joined;
    if (getsockopt(packet->fd, SOL_PACKET, PACKET_FANOUT, &joined, &size) != 0) {
        return -1;
    }
    packet->fanout = (uint32_t)joined & 0xFFFF;
    return 0;
}

uint32_t dp_packet_fanout(const struct dp_port *port)
{
    return ((const struct packet_port *)port)->fanout;
}

static bool is_in_range(const struct dp_packet_options *options)
{
    return options->slot_size >= SLOT_SIZE_MIN && options->slot_size <= BLOCK_SIZE &&
           options->slot_size % TPACKET_ALIGNMENT == 0 && options->slot_count >= 2 * DP_BATCH &&
           options->slot_count <= SLOT_COUNT_MAX;
}

struct dp_port *dp_packet_open(const struct dp_packet_options *options, struct dp_tap *tap,
                               struct dp_error *error)
{
    *error = (struct dp_error){"open a packet socket", EINVAL};
    if (!is_in_range(options)) {
        return NULL;
    }
    error->code = ENOMEM;
    struct packet_port *packet = calloc(1, sizeof *packet);
    if (packet == NULL) {
        return NULL;
    }
    packet->port.operations = &operations;
    packet->copies = malloc((size_t)COPY_SLOTS * COPY_SLOT);
    packet->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (packet->copies == NULL || packet->fd < 0 || configure(packet, tap, error) != 0 ||
        map_ring(packet, options, error) != 0 || bind_to(packet, options->interface, error) != 0 ||
        join(packet, options->fanout, error) != 0) {
        error->code = errno;
        packet_close(&packet->port);
        return NULL;
    }
    return &packet->port;
}
