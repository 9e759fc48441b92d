// SPDX-License-Identifier: Apache-2.0
//
// A frame as the XDP program reads it: the flow's key and hash, as frame_plain.h and flow_hash.h have
// them; a change there is a change here. Included behind the program's `constants`.

#ifndef DP_BPF_ACCELERATE_PACKET_H
#define DP_BPF_ACCELERATE_PACKET_H

enum {
    TCP_STEERS = 0x17, // FIN, SYN, RST, ACK
    TCP_SYN = 0x02,
    TCP_ACK = 0x10,
    TCP_LENGTH = 20,
    STATE_FREE = 0,
    STATE_SYN_RECV = 2,
    STATE_ESTABLISHED = 3,
    STATE_UDP = 7,
};

#define MAPPED 0xFFFF0000u // before an IPv4 address in its mapped form, as it is loaded

// What stands in the frame.
struct packet {
    __u64 key[5];
    __u64 hash;
    __u64 control; // of its flow's line
    __u32 length;  // the IP packet's
    __u32 state;   // that its flow must be in; SYN_RECV: it must be none
    __u32 port;    // the service's, host byte order
};

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
        __u8 steers = l4[13] & TCP_STEERS;
        if (header < TCP_LENGTH || header > room || (steers != TCP_ACK && steers != TCP_SYN)) {
            return -1;
        }
        packet->state = steers == TCP_ACK ? STATE_ESTABLISHED : STATE_SYN_RECV;
    } else if (protocol == IPPROTO_UDP && room >= 8) {
        packet->state = STATE_UDP;
    } else {
        return -1;
    }
    packet->key[4] = (__u64)protocol << 32 | *(const __u32 *)l4;
    packet->port = bpf_ntohs((__u16)(packet->key[4] >> 16));
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

// `room`: of the frame behind its Ethernet header.
static __always_inline int parse_ipv4(const struct iphdr *ip, const void *end, __u32 room,
                                      struct packet *packet)
{
    const __u8 *l4 = (const __u8 *)(ip + 1);
    if (l4 + TCP_LENGTH > (const __u8 *)end || *(const __u8 *)ip != 0x45 ||
        (ip->frag_off & bpf_htons(0x3FFF)) != 0) {
        return -1;
    }
    packet->length = bpf_ntohs(ip->tot_len);
    if (packet->length < sizeof *ip || packet->length > room || !checks_out(ip)) {
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

static __always_inline int parse_ipv6(const struct ipv6hdr *ip, const void *end, __u32 room,
                                      struct packet *packet)
{
    const __u8 *l4 = (const __u8 *)(ip + 1);
    if (l4 + TCP_LENGTH > (const __u8 *)end || ip->version != 6 || ip->payload_len == 0) {
        return -1;
    }
    __u32 payload = bpf_ntohs(ip->payload_len);
    packet->length = sizeof *ip + payload;
    if (packet->length > room) {
        return -1;
    }
    __builtin_memcpy(packet->key, &ip->saddr, 32);
    if (is_mapped(packet->key[0], packet->key[1]) || is_mapped(packet->key[2], packet->key[3]) ||
        parse_transport(l4, payload, ip->nexthdr, packet) != 0) {
        return -1;
    }
    packet->hash = hash_ipv6(packet->key);
    return 0;
}

#endif
