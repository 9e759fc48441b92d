// SPDX-License-Identifier: Apache-2.0
//
// What the generator sends next: one plan, shared by the program in the kernel that sends it
// (bpf/send.bpf.c) and the process that reads it. Both make each frame with plan_write().
//
// Flow i comes from the client address base + i / 16384 and the client port 1024 + i % 16384. Addresses
// and ports, and of TCP the flags, are all that differs between frames, so that the checksums follow from
// the template's. It goes to the service port `port` + i % `services`.
#ifndef TRAFFIC_PLAN_H
#define TRAFFIC_PLAN_H

#include <linux/types.h>

enum {
    PLAN_PORTS = 16384, // client ports an address
    PLAN_FIRST_PORT = 1024,
    PLAN_INDEX_MASK = (1 << 30) - 1,
    // Frames that are handed on at once, as a NIC's interrupt moderation does.
    PLAN_BURST = 32,
    PLAN_WAITING = 240, // frames that may wait for the director's CPU: a veth's ring holds 256
    PLAN_IPV4_ADDRESS_AT = 26,
    PLAN_IPV4_SUM_AT = 24,
    PLAN_IPV4_PORT_AT = 34,
    PLAN_IPV6_ADDRESS_AT = 34, // its last four bytes
    PLAN_IPV6_PORT_AT = 54,
    PLAN_UDP_SUM = 6, // behind the port
    PLAN_TCP_SUM = 16,
    PLAN_TCP_FLAGS = 13,
    PLAN_ACK = 0x10,
    PLAN_L4_LENGTH = 20, // a frame has at least so many bytes behind its IP header
};

struct plan {
    __u64 sent;        // frames
    __u64 next_ns;     // when the next burst is due, on the monotonic clock
    __u64 burst_ns;    // from one burst to the next; 0: as fast as it goes
    __u64 lost;        // frames that were sent, and that the director will not take
    __u64 waiting_max; // as fast as it goes, but so many frames wait at most; 0: any number
    __u32 left;        // frames of this burst
    __u32 flows;       // 0: each frame is a new flow
    __u32 index;       // the next frame's flow
    __u32 lasting;     // each second frame is an ACK of one of so many first flows; 0: none is
    __u32 base;        // the first client's address, or its last 32 bits; host order
    __u32 header_sum;  // of the IPv4 header without checksum and client address, not folded
    __u32 l4_sum;      // of UDP or TCP with its pseudo header, without client port and flags
    __u32 is_ipv6;     // 0 or 1
    __u32 l4_sum_at;   // PLAN_UDP_SUM or PLAN_TCP_SUM
    __u8 macs[12];     // the frame's first bytes: whoever forwards a frame writes into its memory
    __u16 port;        // the first service's
    __u16 services;    // at least 1
    __u32 flags;       // of TCP; 0: it is UDP
};

_Static_assert(sizeof(struct plan) == 96, "one layout for both sides");

static inline __attribute__((always_inline)) __u16 plan_fold(__u32 sum)
{
    sum = (sum & 0xFFFF) + (sum >> 16);
    sum = (sum & 0xFFFF) + (sum >> 16);
    return (__u16)~sum;
}

static inline __attribute__((always_inline)) void plan_store16(__u8 *at, __u16 value)
{
    at[0] = (__u8)(value >> 8);
    at[1] = (__u8)value;
}

// Whether the next burst may go now; the director took `taken` frames until now.
static inline __attribute__((always_inline)) int plan_begin_burst(struct plan *plan, __u64 now_ns,
                                                                  __u64 taken)
{
    if (plan->burst_ns == 0) {
        __s64 waiting = (__s64)(plan->sent - plan->lost - taken);
        if (plan->waiting_max != 0 && waiting + PLAN_BURST > (__s64)plan->waiting_max) {
            return 0;
        }
    } else {
        if (now_ns < plan->next_ns) {
            return 0;
        }
        plan->next_ns += plan->burst_ns;
    }
    plan->left = PLAN_BURST;
    return 1;
}

// The next flow's number.
static inline __attribute__((always_inline)) __u32 plan_next(struct plan *plan)
{
    __u64 number = plan->sent++;
    plan->left--;
    if (plan->lasting != 0 && number % 2 != 0) {
        return (__u32)(number / 2 % plan->lasting);
    }
    __u32 index = plan->index;
    __u32 next = (index + 1) & PLAN_INDEX_MASK;
    plan->index = plan->flows != 0 && next >= plan->flows ? 0 : next;
    return index;
}

// Writes what differs from the template; `frame` has at least `at` + PLAN_L4_LENGTH bytes, where `at`
// is PLAN_IPV4_PORT_AT or PLAN_IPV6_PORT_AT.
static inline __attribute__((always_inline)) void plan_write(const struct plan *plan, __u8 *frame,
                                                             __u32 index)
{
    __u32 address = plan->base + index / PLAN_PORTS;
    __u16 port = (__u16)(PLAN_FIRST_PORT + index % PLAN_PORTS);
    __u32 change = (address >> 16) + (address & 0xFFFF);
    __u16 service = (__u16)(index % plan->services);
    __u8 flags = (__u8)(index < plan->lasting ? PLAN_ACK : plan->flags);
    __u16 l4_sum = plan_fold(plan->l4_sum + change + port + service + flags);
    __u8 *client = frame + (plan->is_ipv6 ? PLAN_IPV6_ADDRESS_AT : PLAN_IPV4_ADDRESS_AT);
    __u8 *l4 = frame + (plan->is_ipv6 ? PLAN_IPV6_PORT_AT : PLAN_IPV4_PORT_AT);
    __builtin_memcpy(frame, plan->macs, sizeof plan->macs);
    if (!plan->is_ipv6) {
        plan_store16(frame + PLAN_IPV4_SUM_AT, plan_fold(plan->header_sum + change));
    }
    plan_store16(client, (__u16)(address >> 16));
    plan_store16(client + 2, (__u16)address);
    plan_store16(l4, port);
    plan_store16(l4 + 2, (__u16)(plan->port + service));
    if (flags != 0) {
        l4[PLAN_TCP_FLAGS] = flags;
    }
    plan_store16(l4 + (plan->l4_sum_at == PLAN_TCP_SUM ? PLAN_TCP_SUM : PLAN_UDP_SUM),
                 l4_sum == 0 ? 0xFFFF : l4_sum);
}

#endif
