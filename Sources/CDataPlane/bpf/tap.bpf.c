// SPDX-License-Identifier: Apache-2.0
//
// What runs in the kernel for the AF_PACKET tier, two programs over the same two maps:
//   lvsdr_filter  socket filter: only frames for a VIP, and ARP and neighbour solicitations that
//                 ask for one, are copied
//   lvsdr_guard   tc ingress, behind the tap: the frames that the data plane takes go no further,
//                 so that the host's stack neither resets clients nor forwards a second copy
// The guard decides as frame.c, vip.c and forward.c do; a change there is a change here.

#include <linux/if_packet.h>
#include <linux/pkt_cls.h>

#include "maps.h"
#include "message.h"

enum {
    ARP_TARGET_AT = ETH_HLEN + 24,
    SOLICITATION_ASKS_AT = 8,
};

// Whether the ICMP error is about a packet that the VIP sent from a port of a service.
static __always_inline int quotes_service(struct __sk_buff *skb, const struct packet *packet,
                                          const struct dp_tap_vip_key *vip)
{
    struct dp_tap_vip_key source;
    struct packet quoted = {0};
    __u32 at = packet->l4_at + ICMP_QUOTE_AT;
    if (parse(skb, skb->protocol, at, &quoted) != 0 || !has_ports(&quoted) ||
        load_address(skb, skb->protocol, at + IPV4_SOURCE_AT, at + IPV6_SOURCE_AT, &source) != 0 ||
        __builtin_memcmp(&source, vip, sizeof source) != 0) {
        return 0;
    }
    return is_service(skb, vip, quoted.protocol, quoted.l4_at, SOURCE_PORT);
}

// The kind of the VIP whose MAC address is asked for with IPv6, else 0.
static __always_inline __u32 kind_solicited(struct __sk_buff *skb, const struct packet *packet)
{
    struct dp_tap_vip_key asked;
    if (message_of(skb, packet) != SOLICITATION6 ||
        load_ipv6_address(skb, packet->l4_at + SOLICITATION_ASKS_AT, &asked) != 0) {
        return 0;
    }
    return kind_of_vip(&asked);
}

// ff02::1:ff00:0/104, RFC 4291 section 2.7.1.
static __always_inline int is_solicited_group(const struct dp_tap_vip_key *address)
{
    __be32 words[4];
    __builtin_memcpy(words, address, sizeof words);
    return words[0] == bpf_htonl(0xFF020000) && words[1] == 0 && words[2] == bpf_htonl(1) &&
           address->address[12] == 0xFF;
}

static __always_inline int load_destination(struct __sk_buff *skb, struct dp_tap_vip_key *address)
{
    return load_address(skb, skb->protocol, IP_AT + IPV4_DESTINATION_AT,
                        IP_AT + IPV6_DESTINATION_AT, address);
}

// Reads in place and in host order; a frame that is shorter ends the program with 0.
unsigned long long load_word(void *skb, unsigned long long at) asm("llvm.bpf.load.word");

static __always_inline void set_ipv4(struct dp_tap_vip_key *address, __be32 ipv4)
{
    *address = (struct dp_tap_vip_key){.address = {[10] = 0xFF, [11] = 0xFF}};
    __builtin_memcpy(&address->address[12], &ipv4, sizeof ipv4);
}

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

// Whether the data plane takes a frame to our MAC address and to `vip`.
static __always_inline int takes(struct __sk_buff *skb, const struct dp_tap_vip_key *vip,
                                 __u32 kind, const struct packet *packet)
{
    if (kind == DP_TAP_VIP_OWNED && (packet->piece != WHOLE || has_ports(packet))) {
        return 1;
    }
    if (has_ports(packet)) {
        return is_service(skb, vip, packet->protocol, packet->l4_at, DESTINATION_PORT);
    }
    __u32 message = message_of(skb, packet);
    if (message == ECHO_REQUEST || message == ECHO_REQUEST6) {
        return kind == DP_TAP_VIP_OWNED;
    }
    return is_error(message) && quotes_service(skb, packet, vip);
}

// What most frames are: to a port of an owned VIP, over IPv4. Read in place, for a call to read costs
// more than all else here; where the frame is in pieces it is not found out.
static __always_inline int is_usual(struct __sk_buff *skb)
{
    struct dp_tap_vip_key vip;
    const struct iphdr *ip = (const void *)(long)skb->data + IP_AT;
    if (skb->protocol != bpf_htons(ETH_P_IP) ||
        (const void *)(ip + 1) > (const void *)(long)skb->data_end || ip->version != 4 ||
        ip->ihl < 5 || (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)) {
        return 0;
    }
    set_ipv4(&vip, ip->daddr);
    return kind_of_vip(&vip) == DP_TAP_VIP_OWNED;
}

SEC("tc")
int lvsdr_guard(struct __sk_buff *skb)
{
    struct dp_tap_vip_key address;
    struct packet packet = {0};
    int ours = skb->pkt_type == PACKET_HOST;
    if (ours && !skb->vlan_present && is_usual(skb)) {
        return TC_ACT_SHOT;
    }
    if ((!ours && skb->pkt_type != PACKET_MULTICAST) || skb->vlan_present || !is_ip(skb) ||
        load_destination(skb, &address) != 0) {
        return TC_ACT_UNSPEC;
    }
    __u32 kind = kind_of_vip(&address);
    if (kind == 0 && !is_solicited_group(&address)) {
        return TC_ACT_UNSPEC;
    }
    if (parse(skb, skb->protocol, IP_AT, &packet) != 0) {
        return ours && kind == DP_TAP_VIP_OWNED ? TC_ACT_SHOT : TC_ACT_UNSPEC;
    }
    if (ours && kind != 0 && takes(skb, &address, kind, &packet)) {
        return TC_ACT_SHOT;
    }
    return kind_solicited(skb, &packet) == DP_TAP_VIP_OWNED ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "Apache-2.0";
