// SPDX-License-Identifier: Apache-2.0
//
// Hands frames to the sockets of the AF_XDP tier, one a receive queue: those that the guard keeps from
// the host's stack, and ARP requests for a VIP of ours. AF_XDP can not give a frame back, so that
// whatever may be the host's goes on to it. Behind the accelerating program where there is one.

#define LVSDR_XDP

#include "takes.h"

#include "xdp_port_layout.h"

enum { ARP_REQUEST = 1 };

struct {
    __uint(type, BPF_MAP_TYPE_XSKMAP);
    __uint(max_entries, DP_XDP_QUEUES_MAX);
    __type(key, __u32);
    __type(value, __u32);
} lvsdr_sockets SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct dp_xdp_port_settings);
} lvsdr_door SEC(".maps");

// Of IPv4 over Ethernet (RFC 826), behind the Ethernet header.
struct arp {
    __be16 hardware, protocol;
    __u8 hardware_length, protocol_length;
    __be16 operation;
    __u8 sender[10], asked[10]; // a MAC address and an IPv4 one each
};

// Whether it asks for a VIP of ours. Who announces one (RFC 5227 section 3) is heard by the host, so
// that whoever watches over the VIPs hears of it.
static __always_inline int is_asked(struct xdp_md *context)
{
    struct arp arp;
    struct dp_tap_vip_key vip;
    __be32 asked;
    if (bpf_xdp_load_bytes(context, IP_AT, &arp, sizeof arp) != 0 ||
        arp.protocol != bpf_htons(ETH_P_IP) || arp.operation != bpf_htons(ARP_REQUEST) ||
        __builtin_memcmp(&arp.sender[6], &arp.asked[6], 4) == 0) {
        return 0;
    }
    __builtin_memcpy(&asked, &arp.asked[6], sizeof asked);
    set_ipv4(&vip, asked);
    return kind_of_vip(&vip) == DP_TAP_VIP_OWNED;
}

static __always_inline int is_for_socket(struct xdp_md *context)
{
    const void *data = (void *)(long)context->data;
    const void *end = (void *)(long)context->data_end;
    const struct dp_xdp_port_settings *settings;
    __u32 zero = 0;
    if (data + ETH_HLEN > end || !(settings = bpf_map_lookup_elem(&lvsdr_door, &zero))) {
        return 0;
    }
    __u64 mac = *(const __u32 *)data | (__u64) * (const __u16 *)(data + 4) << 32;
    int to_group = mac & 1;
    if (mac != settings->mac && !to_group) {
        return 0;
    }
    return ethertype_of(context) == bpf_htons(ETH_P_ARP) ? is_asked(context)
                                                         : is_taken(context, !to_group);
}

SEC("xdp")
int lvsdr_divert(struct xdp_md *context)
{
    if (!is_for_socket(context)) {
        return XDP_PASS;
    }
    return (int)bpf_redirect_map(&lvsdr_sockets, context->rx_queue_index, XDP_PASS);
}

char _license[] SEC("license") = "Apache-2.0";
