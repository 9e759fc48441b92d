// SPDX-License-Identifier: Apache-2.0
//
// The minimal AF_XDP forwarder: a socket on each interface over one UMEM, frames rewritten in place, in
// copy mode (Documentation/networking/af_xdp.rst). Whoever sends gives the frame back to be filled.

#include "forward.h"
#include "program.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_xdp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum {
    BATCH = 64,
    RING = 4096, // descriptors; a power of two
    CHUNK = 2048,
};

// One ring of descriptors, shared with the kernel: one side writes `producer`, the other `consumer`.
struct ring {
    uint32_t *producer, *consumer;
    void *entries; // RING of them
};

struct socket_rings {
    int fd;
    struct ring receive, transmit, fill, completion;
};

static void set_size(int fd, int name)
{
    int size = RING;
    if (setsockopt(fd, SOL_XDP, name, &size, sizeof size) != 0) {
        fail("make a ring of the AF_XDP socket", errno);
    }
}

static struct ring map_ring(int fd, const struct xdp_ring_offset *offset, off_t page,
                            size_t entry_size)
{
    size_t size = offset->desc + RING * entry_size;
    uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, page);
    if (memory == MAP_FAILED) {
        fail("map a ring of the AF_XDP socket", errno);
    }
    return (struct ring){.producer = (uint32_t *)(memory + offset->producer),
                         .consumer = (uint32_t *)(memory + offset->consumer),
                         .entries = memory + offset->desc};
}

static void make_rings(struct socket_rings *rings)
{
    struct xdp_mmap_offsets offsets;
    socklen_t size = sizeof offsets;
    set_size(rings->fd, XDP_UMEM_FILL_RING);
    set_size(rings->fd, XDP_UMEM_COMPLETION_RING);
    set_size(rings->fd, XDP_RX_RING);
    set_size(rings->fd, XDP_TX_RING);
    if (getsockopt(rings->fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &size) != 0) {
        fail("ask for the rings of the AF_XDP socket", errno);
    }
    rings->receive = map_ring(rings->fd, &offsets.rx, XDP_PGOFF_RX_RING, sizeof(struct xdp_desc));
    rings->transmit = map_ring(rings->fd, &offsets.tx, XDP_PGOFF_TX_RING, sizeof(struct xdp_desc));
    rings->fill =
        map_ring(rings->fd, &offsets.fr, (off_t)XDP_UMEM_PGOFF_FILL_RING, sizeof(uint64_t));
    rings->completion =
        map_ring(rings->fd, &offsets.cr, (off_t)XDP_UMEM_PGOFF_COMPLETION_RING, sizeof(uint64_t));
}

static int open_socket(void)
{
    int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        fail("open an AF_XDP socket", errno);
    }
    return fd;
}

static void bind_socket(int fd, uint32_t interface, uint16_t flags, int umem_fd)
{
    struct sockaddr_xdp address = {.sxdp_family = AF_XDP,
                                   .sxdp_flags = flags,
                                   .sxdp_ifindex = interface,
                                   .sxdp_shared_umem_fd = (uint32_t)umem_fd};
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        fail("bind the AF_XDP socket", errno);
    }
}

static uint8_t *register_memory(int fd)
{
    size_t size = (size_t)RING * CHUNK;
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    struct xdp_umem_reg umem = {.addr = (uintptr_t)memory, .len = size, .chunk_size = CHUNK};
    if (memory == MAP_FAILED || setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof umem) != 0) {
        fail("register the AF_XDP socket's memory", errno);
    }
    return memory;
}

// What the kernel produced and we have not consumed.
static uint32_t available(const struct ring *ring)
{
    // Pairs with the kernel's release of the producer.
    return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE) - *ring->consumer;
}

static void advance(uint32_t *index, uint32_t count)
{
    // Pairs with the kernel's acquire: the entries are written, or read.
    __atomic_store_n(index, *index + count, __ATOMIC_RELEASE);
}

static void give_back(struct ring *fill, uint32_t at, uint64_t address)
{
    ((uint64_t *)fill->entries)[(*fill->producer + at) & (RING - 1)] =
        address & ~(uint64_t)(CHUNK - 1);
}

// Frames that were sent become frames to be filled.
static void reclaim(struct socket_rings *from, struct socket_rings *to)
{
    uint32_t count = available(&from->completion);
    const uint64_t *sent = from->completion.entries;
    for (uint32_t i = 0; i < count; i++) {
        give_back(&to->fill, i, sent[(*from->completion.consumer + i) & (RING - 1)]);
    }
    if (count > 0) {
        advance(from->completion.consumer, count);
        advance(to->fill.producer, count);
    }
}

static uint32_t forward_batch(struct forwarder *forwarder, uint8_t *memory, struct socket_rings *in,
                              struct socket_rings *out)
{
    uint32_t count = available(&in->receive);
    const struct xdp_desc *received = in->receive.entries;
    struct xdp_desc *sending = out->transmit.entries;
    uint32_t sent = 0, refused = 0;
    count = count < BATCH ? count : BATCH;
    for (uint32_t i = 0; i < count; i++) {
        const struct xdp_desc *frame = &received[(*in->receive.consumer + i) & (RING - 1)];
        if (forward_frame(forwarder, memory + frame->addr, frame->len)) {
            sending[(*out->transmit.producer + sent++) & (RING - 1)] =
                (struct xdp_desc){.addr = frame->addr, .len = frame->len};
        } else {
            give_back(&in->fill, refused++, frame->addr);
        }
    }
    advance(in->receive.consumer, count);
    advance(out->transmit.producer, sent);
    advance(in->fill.producer, refused);
    return count;
}

static void open_both(struct forwarder *forwarder, struct socket_rings *in,
                      struct socket_rings *out, uint8_t **memory)
{
    uint32_t zero = 0;
    in->fd = open_socket();
    out->fd = open_socket();
    *memory = register_memory(in->fd);
    make_rings(in);
    make_rings(out);
    bind_socket(in->fd, forwarder->ingress, XDP_COPY, 0);
    bind_socket(out->fd, forwarder->service.egress, XDP_SHARED_UMEM, in->fd);
    for (uint32_t i = 0; i < RING; i++) {
        give_back(&in->fill, i, (uint64_t)i * CHUNK);
    }
    advance(in->fill.producer, RING);
    int map = program_map_fd(forwarder->kernel, "traffic_sockets");
    if (bpf_map_update_elem(map, &zero, &in->fd, BPF_ANY) != 0) {
        fail("hand the AF_XDP socket to the in-kernel program", errno);
    }
    program_attach_xdp(forwarder->kernel, "traffic_hand_over", forwarder->ingress);
}

void forward_xsk(struct forwarder *forwarder)
{
    struct socket_rings in = {0}, out = {0};
    uint8_t *memory;
    open_both(forwarder, &in, &out, &memory);
    forward_is_ready();
    for (;;) {
        uint32_t count = forward_batch(forwarder, memory, &in, &out);
        // The kernel sends some of them a call; none are left when it has consumed all.
        while (__atomic_load_n(out.transmit.consumer, __ATOMIC_ACQUIRE) != *out.transmit.producer) {
            sendto(out.fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
            reclaim(&out, &in);
        }
        reclaim(&out, &in);
        if (count == 0) {
            struct pollfd readable = {.fd = in.fd, .events = POLLIN};
            poll(&readable, 1, -1);
        }
    }
}
