// SPDX-License-Identifier: Apache-2.0
//
// The minimal AF_PACKET forwarder: a TPACKET_V2 ring in, sendmmsg out of the ring's memory, with
// virtio-net headers on both ways (packet_mmap.rst). A frame longer than its slot is queued whole.

#include "forward.h"
#include "program.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum {
    BATCH = 64,
    VNET = sizeof(struct virtio_net_hdr),
    SLOT = 2048,
    SLOTS = 1 << 13,
    BLOCK = 1 << 18,
    COPIES = 16,
    COPY = 1 << 17,
};

struct ring {
    int fd;
    uint8_t *memory;
    uint32_t next;
    uint8_t *copies;
};

static void set_option(int fd, int level, int name, int value)
{
    if (setsockopt(fd, level, name, &value, sizeof value) != 0) {
        fail("set up the packet socket", errno);
    }
}

static struct ring open_ring(uint32_t interface)
{
    struct ring ring = {.fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
    struct tpacket_req request = {.tp_block_size = BLOCK,
                                  .tp_block_nr = SLOTS / (BLOCK / SLOT),
                                  .tp_frame_size = SLOT,
                                  .tp_frame_nr = SLOTS};
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)interface};
    if (ring.fd < 0) {
        fail("open the packet socket", errno);
    }
    set_option(ring.fd, SOL_PACKET, PACKET_VERSION, TPACKET_V2);
    set_option(ring.fd, SOL_PACKET, PACKET_VNET_HDR, 1);
    set_option(ring.fd, SOL_PACKET, PACKET_COPY_THRESH, 1);
    set_option(ring.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
    set_option(ring.fd, SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20);
    set_option(ring.fd, SOL_SOCKET, SO_SNDBUFFORCE, 8 << 20);
    if (setsockopt(ring.fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0) {
        fail("make the receive ring", errno);
    }
    ring.memory = mmap(NULL, (size_t)SLOT * SLOTS, PROT_READ | PROT_WRITE, MAP_SHARED, ring.fd, 0);
    ring.copies = malloc((size_t)COPIES * COPY);
    if (ring.memory == MAP_FAILED || ring.copies == NULL) {
        fail("map the receive ring", errno);
    }
    if (bind(ring.fd, (struct sockaddr *)&address, sizeof address) != 0) {
        fail("bind to the interface", errno);
    }
    return ring;
}

static struct tpacket2_hdr *slot_at(const struct ring *ring, uint32_t slot)
{
    return (struct tpacket2_hdr *)(ring->memory + (size_t)(slot & (SLOTS - 1)) * SLOT);
}

// The frame's start and length; false when all of it is not to be had.
static bool read_slot(struct ring *ring, struct tpacket2_hdr *slot, uint32_t *copies,
                      struct iovec *frame)
{
    if ((slot->tp_status & TP_STATUS_COPY) != 0) {
        uint8_t *copy = ring->copies + (size_t)(*copies)++ * COPY;
        ssize_t length = recv(ring->fd, copy, COPY, MSG_DONTWAIT);
        *frame = (struct iovec){copy + VNET, length < VNET ? 0 : (size_t)length - VNET};
        return length > VNET;
    }
    *frame = (struct iovec){(uint8_t *)slot + slot->tp_mac, slot->tp_snaplen};
    return slot->tp_snaplen == slot->tp_len;
}

// The frames that are there, up to a batch of them; returns how many slots they took.
static uint32_t forward_batch(struct forwarder *forwarder, struct ring *ring, int egress)
{
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = egress, .sll_halen = 6};
    struct mmsghdr messages[BATCH];
    struct iovec frames[BATCH];
    uint32_t taken = 0, copies = 0, count = 0, done = 0;
    for (; taken < BATCH && copies < COPIES; taken++) {
        struct tpacket2_hdr *slot = slot_at(ring, ring->next + taken);
        struct iovec *frame = &frames[count];
        // Pairs with the kernel's release of the slot.
        if ((__atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0) {
            break;
        }
        if (!read_slot(ring, slot, &copies, frame) ||
            !forward_frame(forwarder, frame->iov_base, (uint32_t)frame->iov_len)) {
            continue;
        }
        *frame = (struct iovec){(uint8_t *)frame->iov_base - VNET, frame->iov_len + VNET};
        messages[count++].msg_hdr = (struct msghdr){
            .msg_name = &address, .msg_namelen = sizeof address, .msg_iov = frame, .msg_iovlen = 1};
    }
    while (done < count) {
        int sent = sendmmsg(ring->fd, messages + done, count - done, MSG_DONTWAIT);
        done += sent > 0 ? (uint32_t)sent : 1;
    }
    return taken;
}

void forward_packet(struct forwarder *forwarder)
{
    struct ring ring = open_ring(forwarder->ingress);
    program_attach_ingress(forwarder->kernel, "traffic_guard", forwarder->ingress);
    forward_is_ready();
    for (;;) {
        uint32_t taken = forward_batch(forwarder, &ring, (int)forwarder->service.egress);
        for (uint32_t i = 0; i < taken; i++) {
            // Pairs with the kernel's acquire: the slot was sent.
            __atomic_store_n(&slot_at(&ring, ring.next++)->tp_status, TP_STATUS_KERNEL,
                             __ATOMIC_RELEASE);
        }
        if (taken == 0) {
            struct pollfd readable = {.fd = ring.fd, .events = POLLIN};
            poll(&readable, 1, -1);
        }
    }
}
