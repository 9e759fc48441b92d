// SPDX-License-Identifier: Apache-2.0
//
// What runs in the kernel for the AF_PACKET tier, two programs over the same two maps:
//   lvsdr_filter  socket filter: only frames for a VIP, and ARP that asks for one, are copied
//   lvsdr_guard   tc ingress, behind the tap: the frames that the data plane takes go no further, so
//                 that the host's stack neither resets clients nor forwards a second copy
// The guard decides as vip.c and forward.c do; a change there is a change here.

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "layout.h"

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DP_TAP_VIP_CAPACITY);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct dp_tap_vip_key);
    __type(value, __u32);
} lvsdr_vips SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DP_TAP_SERVICE_CAPACITY);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct dp_tap_service_key);
    __type(value, __u32);
} lvsdr_services SEC(".maps");

enum {
    IP_AT = ETH_HLEN,
    IP_FRAGMENT_AT = IP_AT + 6,
    IP_PROTOCOL_AT = IP_AT + 9,
    IP_DESTINATION_AT = IP_AT + 16,
    ARP_TARGET_AT = ETH_HLEN + 24,
    FRAGMENT_OFFSET = 0x1FFF,
    MORE_FRAGMENTS = 0x2000,
    ECHO_REQUEST = 8,
};

// 0 when the address at `offset` is no VIP, else enum dp_tap_vip; `key` is filled in.
static __always_inline __u32 vip_at(struct __sk_buff *skb, __u32 offset, struct dp_tap_vip_key *key)
{
    __builtin_memset(key, 0, sizeof *key);
    key->address[10] = key->address[11] = 0xFF;
    if (bpf_skb_load_bytes(skb, offset, &key->address[12], 4) != 0) {
        return 0;
    }
    const __u32 *value = bpf_map_lookup_elem(&lvsdr_vips, key);
    return value ? *value : 0;
}

SEC("socket")
int lvsdr_filter(struct __sk_buff *skb)
{
    struct dp_tap_vip_key key;
    __u32 offset = skb->protocol == bpf_htons(ETH_P_IP)    ? IP_DESTINATION_AT
                   : skb->protocol == bpf_htons(ETH_P_ARP) ? ARP_TARGET_AT
                                                           : 0;
    return offset != 0 && vip_at(skb, offset, &key) != 0 ? -1 : 0;
}

static __always_inline int is_service(struct __sk_buff *skb, const struct dp_tap_vip_key *vip,
                                      __u8 protocol, __u32 l4)
{
    struct dp_tap_service_key key = {.protocol = protocol};
    __builtin_memcpy(key.address, vip->address, sizeof key.address);
    if (bpf_skb_load_bytes(skb, l4 + 2, &key.port_be, sizeof key.port_be) != 0) {
        return 0;
    }
    return bpf_map_lookup_elem(&lvsdr_services, &key) != 0;
}

// True for what the data plane takes of a VIP that is its own: TCP, UDP, echo requests, fragments.
static __always_inline int is_for_owner(struct __sk_buff *skb, __u16 fragment, __u8 protocol,
                                        __u32 l4)
{
    __u8 type = 0;
    if (fragment & (FRAGMENT_OFFSET | MORE_FRAGMENTS)) {
        return 1;
    }
    if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP) {
        return 1;
    }
    return protocol == IPPROTO_ICMP && bpf_skb_load_bytes(skb, l4, &type, sizeof type) == 0 &&
           type == ECHO_REQUEST;
}

SEC("tc")
int lvsdr_guard(struct __sk_buff *skb)
{
    struct dp_tap_vip_key vip;
    __u8 version_and_length = 0;
    __be16 fragment_be = 0;
    __u8 protocol = 0;
    if (skb->pkt_type != PACKET_HOST || skb->vlan_present || skb->protocol != bpf_htons(ETH_P_IP)) {
        return TC_ACT_UNSPEC;
    }
    __u32 value = vip_at(skb, IP_DESTINATION_AT, &vip);
    if (value == 0 || bpf_skb_load_bytes(skb, IP_AT, &version_and_length, 1) != 0 ||
        bpf_skb_load_bytes(skb, IP_FRAGMENT_AT, &fragment_be, 2) != 0 ||
        bpf_skb_load_bytes(skb, IP_PROTOCOL_AT, &protocol, 1) != 0) {
        return TC_ACT_UNSPEC;
    }
    __u16 fragment = bpf_ntohs(fragment_be);
    __u32 l4 = IP_AT + (version_and_length & 0x0F) * 4;
    if (value == DP_TAP_VIP_OWNED && is_for_owner(skb, fragment, protocol, l4)) {
        return TC_ACT_SHOT;
    }
    int has_ports =
        (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP) && (fragment & FRAGMENT_OFFSET) == 0;
    return has_ports && is_service(skb, &vip, protocol, l4) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "Apache-2.0";
