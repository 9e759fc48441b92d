// SPDX-License-Identifier: Apache-2.0
//
// XDP acceleration: what userspace has decided is sent here, and the rest left to it. A frame is sent
// when its flow stands in the flow table as established (of UDP: as known), its real server is up, and
// nothing in it changes the flow: no SYN, FIN or RST, no fragment, no option of IP. Then it goes as it
// would from userspace: MAC addresses rewritten, flow seen, frame counted.
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
    TCP_STEERS = 0x17, // FIN, SYN, RST, ACK
    TCP_ACK = 0x10,
    TCP_LENGTH = 20,
    STATE_ESTABLISHED = 3,
    STATE_UDP = 7,
    REAL_CAPACITY = 131072,
    SERVICE_CAPACITY = 16384,
};

#define MAPPED 0xFFFF0000u // before an IPv4 address in its mapped form, as it is loaded

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

// How many elements these two have is known when they are made.
SHARED_ARRAY(lvsdr_flows, 1, struct line);
SHARED_ARRAY(lvsdr_traffic, 1, struct dp_fast_traffic);
SHARED_ARRAY(lvsdr_reals, REAL_CAPACITY, struct dp_fast_real);
SHARED_ARRAY(lvsdr_fast, 1, struct dp_fast_settings);

const volatile struct dp_fast_constants constants;

// What stands in the frame.
struct packet {
    __u64 key[5];
    __u64 hash;
    __u32 length; // the IP packet's
    __u32 state;  // that its flow must be in
};

// Let the compiler not move reads of shared memory across it.
#define barrier() asm volatile("" ::: "memory")
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile typeof(x) *)&(x) = (value))

struct wide {
    __u64 low, high;
};

// sum += factor * word, modulo 2^128.
static __always_inline void multiply_add(struct wide *sum, __u64 factor_low, __u64 factor_high,
                                         __u64 word)
{
    __u64 a = factor_low & 0xFFFFFFFF, b = factor_low >> 32;
    __u64 c = word & 0xFFFFFFFF, d = word >> 32;
    __u64 low = a * c;
    __u64 middle = b * c + (low >> 32);
    __u64 other = a * d + (middle & 0xFFFFFFFF);
    __u64 high = b * d + (middle >> 32) + (other >> 32);
    low = other << 32 | (low & 0xFFFFFFFF);
    sum->low += low;
    sum->high += high + factor_high * word + (sum->low < low);
}

static __always_inline __u64 spread(__u64 hash)
{
    return (hash ^ hash >> 32) * 0xD6E8FEB86659FD93ull;
}

// flow_hash.h
static __always_inline __u64 hash_ipv4(const __u64 key[5])
{
    struct wide sum = {constants.ipv4[0][0], constants.ipv4[0][1]};
    __u64 addresses = (key[1] >> 32) << 32 | key[3] >> 32;
    multiply_add(&sum, constants.ipv4[1][0], constants.ipv4[1][1], addresses);
    multiply_add(&sum, constants.ipv4[2][0], constants.ipv4[2][1], key[4]);
    return spread(sum.high);
}

static __always_inline __u64 hash_ipv6(const __u64 key[5])
{
    struct wide sum = {constants.ipv6[0][0], constants.ipv6[0][1]};
    for (int i = 0; i < 5; i++) {
        multiply_add(&sum, constants.ipv6[i + 1][0], constants.ipv6[i + 1][1], key[i]);
    }
    return spread(sum.high);
}

// The ports and the state that the flow must be in; not 0 for what is userspace's. `room`: of the
// packet from `l4` on.
static __always_inline int parse_transport(const __u8 *l4, __u32 room, __u8 protocol,
                                           struct packet *packet)
{
    if (protocol == IPPROTO_TCP) {
        __u32 header = (__u32)(l4[12] >> 4) * 4;
        if (header < TCP_LENGTH || header > room || (l4[13] & TCP_STEERS) != TCP_ACK) {
            return -1;
        }
        packet->state = STATE_ESTABLISHED;
    } else if (protocol == IPPROTO_UDP && room >= 8) {
        packet->state = STATE_UDP;
    } else {
        return -1;
    }
    packet->key[4] = (__u64)protocol << 32 | *(const __u32 *)l4;
    return 0;
}

// RFC 1071, of a header without options.
static __always_inline int checks_out(const struct iphdr *ip)
{
    const __u32 *words = (const __u32 *)ip;
    __u64 sum = 0;
    for (int i = 0; i < 5; i++) {
        sum += words[i];
    }
    sum = (sum & 0xFFFF) + (sum >> 16 & 0xFFFF) + (sum >> 32);
    sum = (sum & 0xFFFF) + (sum >> 16);
    return ((sum + (sum >> 16)) & 0xFFFF) == 0xFFFF;
}

static __always_inline int parse_ipv4(const struct iphdr *ip, const void *end,
                                      struct packet *packet)
{
    const __u8 *l4 = (const __u8 *)(ip + 1);
    if (l4 + TCP_LENGTH > (const __u8 *)end || *(const __u8 *)ip != 0x45 ||
        (ip->frag_off & bpf_htons(0x3FFF)) != 0) {
        return -1;
    }
    packet->length = bpf_ntohs(ip->tot_len);
    if (packet->length < sizeof *ip || (const void *)ip + packet->length > end || !checks_out(ip)) {
        return -1;
    }
    packet->key[0] = 0;
    packet->key[1] = (__u64)ip->saddr << 32 | MAPPED;
    packet->key[2] = 0;
    packet->key[3] = (__u64)ip->daddr << 32 | MAPPED;
    if (parse_transport(l4, packet->length - sizeof *ip, ip->protocol, packet) != 0) {
        return -1;
    }
    packet->hash = hash_ipv4(packet->key);
    return 0;
}

static __always_inline int is_mapped(__u64 first, __u64 second)
{
    return first == 0 && (__u32)second == MAPPED;
}

static __always_inline int parse_ipv6(const struct ipv6hdr *ip, const void *end,
                                      struct packet *packet)
{
    const __u8 *l4 = (const __u8 *)(ip + 1);
    if (l4 + TCP_LENGTH > (const __u8 *)end || ip->version != 6 || ip->payload_len == 0) {
        return -1;
    }
    __u32 room = bpf_ntohs(ip->payload_len);
    packet->length = sizeof *ip + room;
    if ((const void *)(ip + 1) + room > end) {
        return -1;
    }
    __builtin_memcpy(packet->key, &ip->saddr, 32);
    if (is_mapped(packet->key[0], packet->key[1]) || is_mapped(packet->key[2], packet->key[3]) ||
        parse_transport(l4, room, ip->nexthdr, packet) != 0) {
        return -1;
    }
    packet->hash = hash_ipv6(packet->key);
    return 0;
}

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

static __always_inline struct line *find(const struct packet *packet, __u64 *control)
{
    // dp_flow_home(), for fewer than 2^32 lines
    __u64 product = (packet->hash & 0xFFFFFFFF) * constants.line_count >> 32;
    __u64 home = ((packet->hash >> 32) * constants.line_count + product) >> 32;
    __u32 reach = 0;
    for (__u32 i = 0; i < DP_FAST_PROBES; i++) {
        __u32 index = constants.first_line + (__u32)home + i;
        struct line *line = bpf_map_lookup_elem(&lvsdr_flows, &index);
        if (!line) {
            return 0;
        }
        if (holds(line, packet, control)) {
            return line;
        }
        if (i == 0) {
            reach = READ_ONCE(line->reach);
        }
        if (i >= reach) {
            return 0;
        }
    }
    return 0;
}

// The flow's, as it is now; not 0 where it is not to be used here.
static __always_inline int read_real(__u32 index, __u16 port, struct dp_fast_real *copy)
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

SEC("xdp")
int lvsdr_accelerate(struct xdp_md *context)
{
    void *data = (void *)(long)context->data;
    void *end = (void *)(long)context->data_end;
    struct ethhdr *ethernet = data;
    struct packet packet;
    __u32 zero = 0;
    const struct dp_fast_settings *settings = bpf_map_lookup_elem(&lvsdr_fast, &zero);
    if (!settings || !settings->enabled || data + sizeof *ethernet + sizeof(struct iphdr) > end ||
        ((*(__u64 *)data ^ settings->mac) << 16) != 0) {
        return XDP_PASS;
    }
    int left = ethernet->h_proto == bpf_htons(ETH_P_IP)
                   ? parse_ipv4((struct iphdr *)(ethernet + 1), end, &packet)
               : ethernet->h_proto == bpf_htons(ETH_P_IPV6)
                   ? parse_ipv6((struct ipv6hdr *)(ethernet + 1), end, &packet)
                   : -1;
    if (left) {
        return XDP_PASS;
    }
    __u64 control;
    struct line *line = find(&packet, &control);
    if (!line || (control & 0xF) != packet.state) {
        return XDP_PASS;
    }
    struct dp_fast_real real;
    __u16 port = bpf_ntohs((__u16)(packet.key[4] >> 16));
    __u32 timeout_ms =
        settings->timeout_ms[packet.state == STATE_UDP ? STATE_UDP : STATE_ESTABLISHED];
    if (read_real((__u32)(control >> 44), port, &real) != 0 || !touch(line, timeout_ms)) {
        return XDP_PASS;
    }
    count((__u32)(control >> 44), packet.length);
    count(REAL_CAPACITY + real.service, packet.length);
    return send(data, settings, &real);
}

// On an interface that frames are redirected to: many drivers send for others only where a program is.
SEC("xdp")
int lvsdr_egress(struct xdp_md *context)
{
    (void)context;
    return XDP_PASS;
}

char _license[] SEC("license") = "Apache-2.0";
