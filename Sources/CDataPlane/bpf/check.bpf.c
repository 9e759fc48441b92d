// SPDX-License-Identifier: Apache-2.0
//
// Checks that ask a real server for a VIP, two tc programs on the way to the real servers:
//   lvsdr_check_out  egress: in a packet whose mark names a VIP, the RIP becomes the VIP
//   lvsdr_check_in   ingress: in a reply to such a packet, and in the packet that an ICMP error
//                    about one quotes, the VIP becomes the RIP again
// The frame's MAC addresses are the kernel's own choice for the RIP, and stay. So a socket that is
// connected to the RIP speaks with the VIP of that very real server, and only the programs know.

#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "check_layout.h"
#include "message.h"

enum {
    MAC_DESTINATION_AT = offsetof(struct ethhdr, h_dest),
    MAC_SOURCE_AT = offsetof(struct ethhdr, h_source),
    IPV4_CHECKSUM_AT = offsetof(struct iphdr, check),
    ICMP_CHECKSUM_AT = 2, // RFC 792, RFC 4443
    ICMP_ECHO_AT = 4,
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DP_CHECK_VIP_CAPACITY);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, __u32); // a mark
    __type(value, struct dp_tap_vip_key);
} lvsdr_checked SEC(".maps");

// The way back: to the RIP.
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, DP_CHECK_WAY_CAPACITY);
    __type(key, struct dp_check_way_key);
    __type(value, struct dp_tap_vip_key);
} lvsdr_ways SEC(".maps");

enum direction { TO_REAL_SERVER, FROM_REAL_SERVER };

static __always_inline int is_ipv4(struct __sk_buff *skb)
{
    return skb->protocol == bpf_htons(ETH_P_IP);
}

static __always_inline int is_mapped(const struct dp_tap_vip_key *address)
{
    __be32 words[4];
    __builtin_memcpy(words, address, sizeof words);
    return words[0] == 0 && words[1] == 0 && words[2] == bpf_htonl(0xFFFF);
}

static __always_inline int equals(const struct dp_tap_vip_key *address, const unsigned char *other)
{
    return __builtin_memcmp(address->address, other, sizeof address->address) == 0;
}

static __always_inline int load_source(struct __sk_buff *skb, __u32 at,
                                       struct dp_tap_vip_key *address)
{
    return load_address(skb, skb->protocol, at + IPV4_SOURCE_AT, at + IPV6_SOURCE_AT, address);
}

static __always_inline int load_destination(struct __sk_buff *skb, __u32 at,
                                            struct dp_tap_vip_key *address)
{
    return load_address(skb, skb->protocol, at + IPV4_DESTINATION_AT, at + IPV6_DESTINATION_AT,
                        address);
}

// A first fragment counts as whole: what is looked at is in it.
static __always_inline int read(struct __sk_buff *skb, __u32 at, struct packet *packet)
{
    if (parse(skb, skb->protocol, at, packet) != 0) {
        return -1;
    }
    if (packet->piece == FIRST_FRAGMENT) {
        packet->piece = WHOLE;
    }
    return 0;
}

// The protocol and ports of a packet with a whole header. Not 0 for what is no check's.
static __always_inline int load_ports(struct __sk_buff *skb, const struct packet *packet,
                                      enum direction direction, struct dp_check_way_key *key)
{
    __be16 ports[2] = {0};
    key->protocol = packet->protocol;
    if (has_ports(packet)) {
        int failure = bpf_skb_load_bytes(skb, packet->l4_at, ports, sizeof ports);
        key->local_port_be = direction == TO_REAL_SERVER ? ports[0] : ports[1];
        key->remote_port_be = direction == TO_REAL_SERVER ? ports[1] : ports[0];
        return failure;
    }
    __u32 message = message_of(skb, packet);
    if (direction == TO_REAL_SERVER ? message != ECHO_REQUEST && message != ECHO_REQUEST6
                                    : message != ECHO_REPLY && message != ECHO_REPLY6) {
        return -1;
    }
    return bpf_skb_load_bytes(skb, packet->l4_at + ICMP_ECHO_AT, &key->local_port_be,
                              sizeof key->local_port_be);
}

static __always_inline void set_address(unsigned char *field, const struct dp_tap_vip_key *address)
{
    __builtin_memcpy(field, address->address, sizeof address->address);
}

// The key under which it stands that the real server of a MAC address was asked for a VIP.
static __always_inline void make_asked(struct dp_check_way_key *asked,
                                       const struct dp_check_way_key *key)
{
    __builtin_memset(asked, 0, sizeof *asked);
    __builtin_memcpy(asked->vip, key->vip, sizeof asked->vip);
    __builtin_memcpy(asked->mac, key->mac, sizeof asked->mac);
}

// Writes only what is new: a look-up is enough to keep an entry young.
static __always_inline void remember(const struct dp_check_way_key *key,
                                     const struct dp_tap_vip_key *rip)
{
    const struct dp_tap_vip_key *known = bpf_map_lookup_elem(&lvsdr_ways, key);
    if (!known || !equals(known, rip->address)) {
        bpf_map_update_elem(&lvsdr_ways, key, rip, BPF_ANY);
    }
}

// The RIP that a reply, or an error about a request, is of; `key` is yet without a MAC address. One
// from a real server that was asked itself is never taken for another's: a host without the VIP may
// forward what it was asked to one that has it.
static __always_inline const struct dp_tap_vip_key *find_way(struct __sk_buff *skb,
                                                             struct dp_check_way_key *key)
{
    struct dp_check_way_key asked;
    const struct dp_tap_vip_key *by_any = bpf_map_lookup_elem(&lvsdr_ways, key);
    if (!by_any || bpf_skb_load_bytes(skb, MAC_SOURCE_AT, key->mac, sizeof key->mac) != 0) {
        return 0;
    }
    const struct dp_tap_vip_key *rip = bpf_map_lookup_elem(&lvsdr_ways, key);
    if (rip) {
        return rip;
    }
    make_asked(&asked, key);
    return bpf_map_lookup_elem(&lvsdr_ways, &asked) ? 0 : by_any;
}

// What the difference of two addresses is in an internet checksum; for IPv4 too, whose mapped forms
// begin alike.
static __always_inline __u64 change_of(const struct dp_tap_vip_key *from,
                                       const struct dp_tap_vip_key *to)
{
    return bpf_csum_diff((__be32 *)from, sizeof *from, (__be32 *)to, sizeof *to, 0);
}

static __always_inline void change_transport_sum(struct __sk_buff *skb, const struct packet *packet,
                                                 __u64 change)
{
    if (packet->piece == LATER_FRAGMENT) {
        return;
    }
    if (packet->protocol == IPPROTO_TCP) {
        bpf_l4_csum_replace(skb, packet->l4_at + offsetof(struct tcphdr, check), 0, change,
                            BPF_F_PSEUDO_HDR);
    } else if (packet->protocol == IPPROTO_UDP) {
        // Of 0, which is none, it stays 0.
        bpf_l4_csum_replace(skb, packet->l4_at + offsetof(struct udphdr, check), 0, change,
                            BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0);
    } else if (packet->protocol == IPPROTO_ICMPV6) {
        bpf_l4_csum_replace(skb, packet->l4_at + ICMP_CHECKSUM_AT, 0, change, BPF_F_PSEUDO_HDR);
    }
}

// Writes an address into the IP header; all checksums stay right. So does the sum over the whole
// packet that a NIC may have given: with IPv4 the header's own checksum makes up for the address.
static __always_inline void change_address(struct __sk_buff *skb, const struct packet *packet,
                                           enum direction direction,
                                           const struct dp_tap_vip_key *from,
                                           const struct dp_tap_vip_key *to)
{
    __u64 change = change_of(from, to);
    change_transport_sum(skb, packet, change);
    if (is_ipv4(skb)) {
        __u32 at = direction == TO_REAL_SERVER ? IPV4_DESTINATION_AT : IPV4_SOURCE_AT;
        bpf_l3_csum_replace(skb, IP_AT + IPV4_CHECKSUM_AT, 0, change, 0);
        bpf_skb_store_bytes(skb, IP_AT + at, &to->address[12], 4, 0);
    } else {
        __u32 at = direction == TO_REAL_SERVER ? IPV6_DESTINATION_AT : IPV6_SOURCE_AT;
        bpf_skb_store_bytes(skb, IP_AT + at, to->address, sizeof to->address, BPF_F_RECOMPUTE_CSUM);
    }
}

SEC("tc")
int lvsdr_check_out(struct __sk_buff *skb)
{
    struct dp_tap_vip_key local, rip;
    struct dp_check_way_key key = {0}, asked;
    struct packet packet = {0};
    __u32 mark = skb->mark;
    const struct dp_tap_vip_key *vip = mark ? bpf_map_lookup_elem(&lvsdr_checked, &mark) : 0;
    if (!vip || skb->vlan_present || !is_ip(skb) || read(skb, IP_AT, &packet) != 0 ||
        load_source(skb, IP_AT, &local) != 0 || load_destination(skb, IP_AT, &rip) != 0) {
        return TC_ACT_UNSPEC;
    }
    // A VIP of the other family can not be put in; it is there already on an interface below another.
    if (is_mapped(vip) != is_ipv4(skb) || equals(&rip, vip->address)) {
        return TC_ACT_UNSPEC;
    }
    if (packet.piece == WHOLE) {
        if (load_ports(skb, &packet, TO_REAL_SERVER, &key) != 0) {
            return TC_ACT_UNSPEC;
        }
        set_address(key.vip, vip);
        set_address(key.local, &local);
        remember(&key, &rip);
        bpf_skb_load_bytes(skb, MAC_DESTINATION_AT, key.mac, sizeof key.mac);
        remember(&key, &rip);
        make_asked(&asked, &key);
        remember(&asked, &rip);
    }
    change_address(skb, &packet, TO_REAL_SERVER, &rip, vip);
    return TC_ACT_UNSPEC;
}

// An ICMP error: the quoted packet went to the RIP, as far as our socket knows.
static __always_inline void turn_error(struct __sk_buff *skb, const struct packet *packet,
                                       const struct dp_tap_vip_key *source)
{
    struct dp_tap_vip_key local, vip;
    struct dp_check_way_key key = {0};
    struct packet quoted = {0};
    __u32 at = packet->l4_at + ICMP_QUOTE_AT;
    if (read(skb, at, &quoted) != 0 || load_ports(skb, &quoted, TO_REAL_SERVER, &key) != 0 ||
        load_source(skb, at, &local) != 0 || load_destination(skb, at, &vip) != 0) {
        return;
    }
    set_address(key.vip, &vip);
    set_address(key.local, &local);
    const struct dp_tap_vip_key *rip = find_way(skb, &key);
    if (!rip) {
        return;
    }
    if (is_ipv4(skb)) {
        // The quoted header's checksum makes up for the address: the message's stays right.
        bpf_l3_csum_replace(skb, at + IPV4_CHECKSUM_AT, 0, change_of(&vip, rip), 0);
        bpf_skb_store_bytes(skb, at + IPV4_DESTINATION_AT, &rip->address[12], 4, 0);
    } else {
        bpf_l4_csum_replace(skb, packet->l4_at + ICMP_CHECKSUM_AT, 0, change_of(&vip, rip), 0);
        bpf_skb_store_bytes(skb, at + IPV6_DESTINATION_AT, rip->address, sizeof rip->address, 0);
    }
    if (equals(source, vip.address)) {
        change_address(skb, packet, FROM_REAL_SERVER, source, rip);
    }
}

static __always_inline void turn_reply(struct __sk_buff *skb, const struct packet *packet,
                                       const struct dp_tap_vip_key *vip)
{
    struct dp_tap_vip_key local;
    struct dp_check_way_key key = {0};
    const struct dp_tap_vip_key *rip = 0;
    set_address(key.vip, vip);
    if (packet->piece == LATER_FRAGMENT) { // it has no ports: a real server's that was asked
        bpf_skb_load_bytes(skb, MAC_SOURCE_AT, key.mac, sizeof key.mac);
        rip = bpf_map_lookup_elem(&lvsdr_ways, &key);
    } else if (load_ports(skb, packet, FROM_REAL_SERVER, &key) == 0 &&
               load_destination(skb, IP_AT, &local) == 0) {
        set_address(key.local, &local);
        rip = find_way(skb, &key);
    }
    if (rip) {
        change_address(skb, packet, FROM_REAL_SERVER, vip, rip);
    }
}

SEC("tc")
int lvsdr_check_in(struct __sk_buff *skb)
{
    struct dp_tap_vip_key source;
    struct packet packet = {0};
    if (skb->pkt_type != PACKET_HOST || skb->vlan_present || !is_ip(skb) ||
        read(skb, IP_AT, &packet) != 0 || load_source(skb, IP_AT, &source) != 0) {
        return TC_ACT_UNSPEC;
    }
    if (is_error(message_of(skb, &packet))) {
        turn_error(skb, &packet, &source);
    } else {
        turn_reply(skb, &packet, &source);
    }
    return TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "Apache-2.0";
