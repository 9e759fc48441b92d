// SPDX-License-Identifier: Apache-2.0
//
// What runs in the kernel for the AF_PACKET tier, two programs over the same two maps:
//   lvsdr_filter  socket filter: only frames for a VIP, and ARP and neighbour solicitations that
//                 ask for one, are copied
//   lvsdr_guard   tc ingress, behind the tap: the frames that the data plane takes go no further,
//                 so that the host's stack neither resets clients nor forwards a second copy

#include <linux/if_packet.h>
#include <linux/pkt_cls.h>

#include "takes.h"

enum { ARP_TARGET_AT = ETH_HLEN + 24 };

// Reads in place and in host order; a frame that is shorter ends the program with 0.
unsigned long long load_word(void *skb, unsigned long long at) asm("llvm.bpf.load.word");

SEC("socket")
int lvsdr_filter(struct __sk_buff *skb)
{
    struct dp_tap_vip_key address;
    struct packet packet = {0};
    if (skb->protocol == bpf_htons(ETH_P_IP)) {
        set_ipv4(&address, bpf_htonl((__u32)load_word(skb, IP_AT + IPV4_DESTINATION_AT)));
        return kind_of_vip(&address) != 0 ? -1 : 0;
    }
    if (skb->protocol == bpf_htons(ETH_P_ARP)) {
        int loaded = load_address(skb, bpf_htons(ETH_P_IP), ARP_TARGET_AT, 0, &address);
        return loaded == 0 && kind_of_vip(&address) != 0 ? -1 : 0;
    }
    if (!is_ip(skb) || load_destination(skb, &address) != 0) {
        return 0;
    }
    if (kind_of_vip(&address) != 0) {
        return -1;
    }
    return is_solicited_group(&address) && parse_ipv6(skb, IP_AT, &packet) == 0 &&
                   kind_solicited(skb, &packet) != 0
               ? -1
               : 0;
}

SEC("tc")
int lvsdr_guard(struct __sk_buff *skb)
{
    int to_us = skb->pkt_type == PACKET_HOST;
    if ((!to_us && skb->pkt_type != PACKET_MULTICAST) || skb->vlan_present) {
        return TC_ACT_UNSPEC;
    }
    return is_taken(skb, to_us) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "Apache-2.0";
