// SPDX-License-Identifier: Apache-2.0
//
// XDP acceleration: what userspace has decided is sent here, and the rest left to it. A frame is sent
// when its flow stands in the flow table as established or is so with it (of UDP: as known), its real
// server is up, and it has no SYN, FIN or RST, is no fragment, has no option of IP. Then it goes as it
// would from userspace: MAC addresses rewritten, flow seen, frame counted. A flow that was found once,
// and has the real server that its service's slots say, is known from then on, and its line is not
// looked at any more.
//
// What begins a flow, a SYN or a datagram, is sent, too, where the service has slots and userspace is
// busy: a record of it is left, by which a worker writes the flow into the table, before any frame that
// came to userspace after it. While the workers wait, it is theirs like everything else.
//
// This reads a flow's line as flow.h's dp_flow_has_key() does, and a frame as frame_plain.h does; a
// change there is a change here. Words are read in the order in which they stand, on machines that
// keep that order: ports/accelerate.c asks for it.

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "accelerate_layout.h"

enum {
    REAL_CAPACITY = 131072,
    SERVICE_CAPACITY = 16384,
};

// Of find_line(), where there is no number of a line.
enum { ABSENT = -1, UNKNOWN = -2 };

struct line {
    __u64 control;
    __u64 key[5];
    __u32 last_seen_ms;
    __u32 reach;
    __u64 companion;
};

#define SHARED_ARRAY(name, count, element)                                                         \
    struct {                                                                                       \
        __uint(type, BPF_MAP_TYPE_ARRAY);                                                          \
        __uint(max_entries, count);                                                                \
        __uint(map_flags, BPF_F_MMAPABLE);                                                         \
        __type(key, __u32);                                                                        \
        __type(value, element);                                                                    \
    } name SEC(".maps")

// How many elements these have that have one here is known when they are made.
SHARED_ARRAY(lvsdr_flows, 1, struct line);
SHARED_ARRAY(lvsdr_traffic, 1, struct dp_fast_traffic);
SHARED_ARRAY(lvsdr_reals, REAL_CAPACITY, struct dp_fast_real);
SHARED_ARRAY(lvsdr_fast, 1, struct dp_fast_settings);
SHARED_ARRAY(lvsdr_known, 1, struct dp_known);
SHARED_ARRAY(lvsdr_barred, 1, __u64);
SHARED_ARRAY(lvsdr_services, DP_FAST_SERVICES, struct dp_fast_service);
SHARED_ARRAY(lvsdr_slots, DP_FAST_SLOTS / 4, struct dp_fast_slots);
SHARED_ARRAY(lvsdr_listed, DP_FAST_LISTED / 2, struct dp_fast_listed);
SHARED_ARRAY(lvsdr_rings, 1, struct dp_fast_ring);
SHARED_ARRAY(lvsdr_openings, 1, struct dp_fast_opening);

// What looks at the frames that are left, if anything: the program of the AF_XDP port.
struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u32);
} lvsdr_rest SEC(".maps");

const volatile struct dp_fast_constants constants;

// Let the compiler not move reads of shared memory across it.
#define barrier() asm volatile("" ::: "memory")
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile typeof(x) *)&(x) = (value))

#include "accelerate_packet.h"
#include "accelerate_slots.h"

// Its key, between two equal control words: nobody changed the line meanwhile.
static __always_inline int holds(struct line *line, const struct packet *packet, __u64 *control)
{
    __u64 seen = READ_ONCE(line->control);
    if ((seen >> 4 & 0xFFFF) != (packet->hash & 0xFFFF)) {
        return 0;
    }
    barrier();
    __u64 difference = 0;
    for (int i = 0; i < 5; i++) {
        difference |= READ_ONCE(line->key[i]) ^ packet->key[i];
    }
    barrier();
    *control = seen;
    return (difference | (READ_ONCE(line->control) ^ seen) >> 20) == 0;
}

// The number of the flow's line, with its control word in `packet`; or ABSENT or UNKNOWN. A function of its
// own, as pick() is: else the verifier has more ways to follow than it does without CAP_PERFMON.
__noinline int find_line(struct packet *packet)
{
    if (!packet) {
        return UNKNOWN;
    }
    // dp_flow_home(), for fewer than 2^32 lines
    __u64 product = (packet->hash & 0xFFFFFFFF) * constants.line_count >> 32;
    __u64 home = ((packet->hash >> 32) * constants.line_count + product) >> 32;
    __u32 reach = 0;
#pragma clang loop unroll(disable)
    for (__u32 i = 0; i < DP_FAST_PROBES; i++) {
        __u32 index = constants.first_line + (__u32)home + i;
        struct line *line = bpf_map_lookup_elem(&lvsdr_flows, &index);
        if (!line) {
            return UNKNOWN;
        }
        // What has ended keeps its key until another flow stands there.
        if (holds(line, packet, &packet->control) && (packet->control & 0xF) != STATE_FREE) {
            return (int)index;
        }
        if (i == 0) {
            reach = READ_ONCE(line->reach);
        }
        if (i >= reach) {
            return ABSENT;
        }
    }
    return UNKNOWN;
}

// The flow's, as it is now; not 0 where it is not to be used here.
static __always_inline int read_real(__u32 index, __u32 port, struct dp_fast_real *copy)
{
    const struct dp_fast_real *real = bpf_map_lookup_elem(&lvsdr_reals, &index);
    if (!real) {
        return -1;
    }
    copy->state = READ_ONCE(real->state);
    barrier();
    const __u32 *from = (const __u32 *)real;
    __u32 *to = (__u32 *)copy;
    for (int i = 0; i < 4; i++) {
        to[i] = READ_ONCE(from[i]);
    }
    copy->service = READ_ONCE(real->service);
    copy->first_port = READ_ONCE(real->first_port);
    copy->last_port = READ_ONCE(real->last_port);
    barrier();
    return copy->state == 0 || READ_ONCE(real->state) != copy->state || port < copy->first_port ||
                   port > copy->last_port
               ? -1
               : 0;
}

static __always_inline void count(__u32 row, __u32 length)
{
    __u32 shard = bpf_get_smp_processor_id() & constants.shard_mask;
    row += shard * (REAL_CAPACITY + SERVICE_CAPACITY);
    struct dp_fast_traffic *traffic = bpf_map_lookup_elem(&lvsdr_traffic, &row);
    if (!traffic) {
        return;
    }
    if (constants.shards_are_shared) {
        __sync_fetch_and_add(&traffic->packets, 1);
        __sync_fetch_and_add(&traffic->bytes, length);
    } else {
        // Of one CPU, and here nothing comes in between.
        WRITE_ONCE(traffic->packets, traffic->packets + 1);
        WRITE_ONCE(traffic->bytes, traffic->bytes + length);
    }
}

// As dp_assign_usual() does; false where the flow has timed out.
static __always_inline int touch(struct line *line, __u32 timeout_ms)
{
    __u32 now = (__u32)(bpf_ktime_get_coarse_ns() / 1000000);
    __u32 seen = READ_ONCE(line->last_seen_ms);
    if (seen == now) {
        return 1;
    }
    __u32 idle = now - seen;
    if (idle < 0xC0000000u) {
        if (idle >= timeout_ms) {
            return 0;
        }
        WRITE_ONCE(line->last_seen_ms, now);
    }
    return 1;
}

static __always_inline int send(void *data, const struct dp_fast_settings *settings,
                                const struct dp_fast_real *real)
{
    __u32 *ethernet = data;
    const __u32 *header = (const __u32 *)real->header;
    if (settings->preserves_source) {
        ethernet[0] = header[0];
        ((__u16 *)data)[2] = ((const __u16 *)real->header)[2];
    } else {
        ethernet[0] = header[0];
        ethernet[1] = header[1];
        ethernet[2] = header[2];
    }
    if (constants.sends_back && real->egress == settings->ingress) {
        return XDP_TX;
    }
    return (int)bpf_redirect(real->egress, 0);
}

// Where the flow is known: its real server's index, and in `real` what is to be sent to it; else
// DP_FAST_NOBODY.
static __always_inline __u32 recall(const struct packet *packet, struct dp_fast_real *real)
{
    __u32 word = DP_KNOWN_WORD(packet->hash, constants.known_mask);
    struct dp_known *known = bpf_map_lookup_elem(&lvsdr_known, &word);
    __u64 bit = DP_KNOWN_BIT(packet->hash);
    if (!known || (READ_ONCE(known->known) & bit) == 0) {
        return DP_FAST_NOBODY;
    }
    __u64 unseen = ~READ_ONCE(known->seen) & bit;
    __u32 index = pick(packet);
    if (index == DP_FAST_NOBODY || read_real(index, packet->port, real) != 0) {
        return DP_FAST_NOBODY;
    }
    if (unseen != 0) {
        // Asked for again: pointers that wait on the stack are more than the verifier grants.
        known = bpf_map_lookup_elem(&lvsdr_known, &word);
        if (known) {
            __sync_fetch_and_or(&known->seen, unseen);
        }
    }
    return index;
}

// The flow of the line has the real server: known from now on, if the slots say the same. Userspace
// changes the line before it clears the bit: either it clears ours, or we see the change.
static __always_inline void remember(const struct packet *packet, struct line *line)
{
    __u32 word = DP_KNOWN_WORD(packet->hash, constants.known_mask);
    __u64 bit = DP_KNOWN_BIT(packet->hash);
    struct dp_known *known = bpf_map_lookup_elem(&lvsdr_known, &word);
    const __u64 *barred = bpf_map_lookup_elem(&lvsdr_barred, &word);
    if (!known || !barred || ((READ_ONCE(known->known) | READ_ONCE(*barred)) & bit) != 0 ||
        pick(packet) != (__u32)(packet->control >> 44)) {
        return;
    }
    __sync_fetch_and_or(&known->known, bit);
    if (READ_ONCE(line->control) != packet->control) {
        __sync_fetch_and_and(&known->known, ~bit);
    }
}

// The client has answered the real server: as dp_flow_change() does, and like there the flow is counted
// as active before and after. False where the line has changed meanwhile.
static __always_inline int establish(struct line *line, struct packet *packet)
{
    __u64 seen = packet->control;
    packet->control = (seen & ~0xFull) | STATE_ESTABLISHED;
    return __sync_val_compare_and_swap(&line->control, seen, packet->control) == seen;
}

// The same by the flow's line, which has this number.
static __always_inline __u32 look_up(__u32 number, struct packet *packet,
                                     const struct dp_fast_settings *settings,
                                     struct dp_fast_real *real)
{
    struct line *line = bpf_map_lookup_elem(&lvsdr_flows, &number);
    if (!line) {
        return DP_FAST_NOBODY;
    }
    __u32 state = packet->control & 0xF;
    int opens = state == STATE_SYN_RECV && packet->state == STATE_ESTABLISHED;
    if (state != packet->state && !opens) {
        return DP_FAST_NOBODY;
    }
    __u32 established_ms = READ_ONCE(settings->timeout_ms[STATE_ESTABLISHED]);
    __u32 udp_ms = READ_ONCE(settings->timeout_ms[STATE_UDP]);
    __u32 opening_ms = READ_ONCE(settings->timeout_ms[STATE_SYN_RECV]);
    __u32 timeout_ms = opens ? opening_ms : state == STATE_UDP ? udp_ms : established_ms;
    __u32 index = (__u32)(packet->control >> 44);
    if (read_real(index, packet->port, real) != 0 || !touch(line, timeout_ms) ||
        (opens && !establish(line, packet))) {
        return DP_FAST_NOBODY;
    }
    if (settings->by_slots) {
        remember(packet, line);
    }
    return index;
}

// For a worker to write the flow by; 0 where the ring is full.
static __always_inline int leave_record(const struct packet *packet, __u32 real)
{
    __u32 cpu = bpf_get_smp_processor_id();
    struct dp_fast_ring *ring = bpf_map_lookup_elem(&lvsdr_rings, &cpu);
    if (!ring) {
        return 0;
    }
    __u64 number = ring->written;
    __u32 place = cpu * DP_FAST_OPENINGS + (number & (DP_FAST_OPENINGS - 1));
    struct dp_fast_opening *record = bpf_map_lookup_elem(&lvsdr_openings, &place);
    if (!record || number - READ_ONCE(ring->taken) >= DP_FAST_OPENINGS) {
        return 0;
    }
    for (int i = 0; i < 5; i++) {
        WRITE_ONCE(record->key[i], packet->key[i]);
    }
    WRITE_ONCE(record->hash, packet->hash);
    WRITE_ONCE(record->real, real);
    barrier();
    WRITE_ONCE(ring->written, number + 1);
    return 1;
}

// A flow that has no line, to where its service's slots say, as userspace would have it. A function of its
// own, as pick() is.
__noinline __u32 begin(const struct packet *packet, struct dp_fast_real *real)
{
    if (!packet || !real) {
        return DP_FAST_NOBODY;
    }
    __u32 index = pick(packet);
    if (index == DP_FAST_NOBODY || read_real(index, packet->port, real) != 0 ||
        !leave_record(packet, index)) {
        return DP_FAST_NOBODY;
    }
    return index;
}

static __always_inline __u32 decide(struct packet *packet, const struct dp_fast_settings *settings,
                                    struct dp_fast_real *real)
{
    int is_syn = packet->state == STATE_SYN_RECV;
    int may_begin = settings->by_slots && packet->state != STATE_ESTABLISHED &&
                    READ_ONCE(settings->attended) != 0;
    __u32 index = settings->by_slots && !is_syn ? recall(packet, real) : DP_FAST_NOBODY;
    if (index != DP_FAST_NOBODY || (is_syn && !may_begin)) {
        return index;
    }
    int number = find_line(packet);
    if (number == ABSENT && may_begin) {
        return begin(packet, real);
    }
    return is_syn ? DP_FAST_NOBODY : look_up((__u32)number, packet, settings, real);
}

static __always_inline int accelerate(struct xdp_md *context)
{
    void *data = (void *)(long)context->data;
    void *end = (void *)(long)context->data_end;
    struct ethhdr *ethernet = data;
    struct packet packet = {0};
    __u32 zero = 0;
    const struct dp_fast_settings *settings = bpf_map_lookup_elem(&lvsdr_fast, &zero);
    if (!settings || !settings->enabled || data + sizeof *ethernet + sizeof(struct iphdr) > end ||
        ((*(__u64 *)data ^ settings->mac) << 16) != 0) {
        return XDP_PASS;
    }
    // Asked for: without CAP_PERFMON no pointer may be moved by a length that stands in a frame.
    __u32 room = (__u32)bpf_xdp_get_buff_len(context) - sizeof *ethernet;
    int left = ethernet->h_proto == bpf_htons(ETH_P_IP)
                   ? parse_ipv4((struct iphdr *)(ethernet + 1), end, room, &packet)
               : ethernet->h_proto == bpf_htons(ETH_P_IPV6)
                   ? parse_ipv6((struct ipv6hdr *)(ethernet + 1), end, room, &packet)
                   : -1;
    if (left) {
        return XDP_PASS;
    }
    struct dp_fast_real real = {0};
    __u32 index = decide(&packet, settings, &real);
    if (index == DP_FAST_NOBODY) {
        return XDP_PASS;
    }
    count(index, packet.length);
    count(REAL_CAPACITY + real.service, packet.length);
    return send(data, settings, &real);
}

SEC("xdp")
int lvsdr_accelerate(struct xdp_md *context)
{
    int action = accelerate(context);
    if (action == XDP_PASS) {
        bpf_tail_call(context, &lvsdr_rest, 0);
    }
    return action;
}

// On an interface that frames are redirected to: many drivers send for others only where a program is.
SEC("xdp")
int lvsdr_egress(struct xdp_md *context)
{
    (void)context;
    return XDP_PASS;
}

char _license[] SEC("license") = "Apache-2.0";
