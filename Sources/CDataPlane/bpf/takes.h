// SPDX-License-Identifier: Apache-2.0
//
// Which frames the data plane takes, so that the host's stack gets none of them. As frame.c, vip.c and
// forward.c decide; a change there is a change here.

#ifndef DP_BPF_TAKES_H
#define DP_BPF_TAKES_H

#include "maps.h"
#include "message.h"

enum { SOLICITATION_ASKS_AT = 8 };

// Whether the ICMP error is about a packet that the VIP sent from a port of a service.
static __always_inline int quotes_service(FRAME *frame, const struct packet *packet,
                                          const struct dp_tap_vip_key *vip)
{
    struct dp_tap_vip_key source;
    struct packet quoted = {0};
    __u32 at = packet->l4_at + ICMP_QUOTE_AT;
    if (parse(frame, ethertype_of(frame), at, &quoted) != 0 || !has_ports(&quoted) ||
        load_address(frame, ethertype_of(frame), at + IPV4_SOURCE_AT, at + IPV6_SOURCE_AT,
                     &source) != 0 ||
        __builtin_memcmp(&source, vip, sizeof source) != 0) {
        return 0;
    }
    return is_service(frame, vip, quoted.protocol, quoted.l4_at, SOURCE_PORT);
}

// The kind of the VIP whose MAC address is asked for with IPv6, else 0.
static __always_inline __u32 kind_solicited(FRAME *frame, const struct packet *packet)
{
    struct dp_tap_vip_key asked;
    if (message_of(frame, packet) != SOLICITATION6 ||
        load_ipv6_address(frame, packet->l4_at + SOLICITATION_ASKS_AT, &asked) != 0) {
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

static __always_inline int load_destination(FRAME *frame, struct dp_tap_vip_key *address)
{
    return load_address(frame, ethertype_of(frame), IP_AT + IPV4_DESTINATION_AT,
                        IP_AT + IPV6_DESTINATION_AT, address);
}

// Whether the data plane takes a frame to our MAC address and to `vip`.
static __always_inline int takes(FRAME *frame, const struct dp_tap_vip_key *vip, __u32 kind,
                                 const struct packet *packet)
{
    if (kind == DP_TAP_VIP_OWNED && (packet->piece != WHOLE || has_ports(packet))) {
        return 1;
    }
    if (has_ports(packet)) {
        return is_service(frame, vip, packet->protocol, packet->l4_at, DESTINATION_PORT);
    }
    __u32 message = message_of(frame, packet);
    if (message == ECHO_REQUEST || message == ECHO_REQUEST6) {
        return kind == DP_TAP_VIP_OWNED;
    }
    return is_error(message) && quotes_service(frame, packet, vip);
}

static __always_inline void set_ipv4(struct dp_tap_vip_key *address, __be32 ipv4)
{
    *address = (struct dp_tap_vip_key){.address = {[10] = 0xFF, [11] = 0xFF}};
    __builtin_memcpy(&address->address[12], &ipv4, sizeof ipv4);
}

// What most frames to our MAC address are: to a port of an owned VIP, over IPv4. Read in place, for a
// call to read costs more than all else here; where the frame is in pieces it is not found out.
static __always_inline int is_usual(FRAME *frame)
{
    struct dp_tap_vip_key vip;
    const struct ethhdr *ethernet = (const void *)(long)frame->data;
    const struct iphdr *ip = (const void *)(ethernet + 1);
    if ((const void *)(ip + 1) > (const void *)(long)frame->data_end ||
        ethernet->h_proto != bpf_htons(ETH_P_IP) || ip->version != 4 || ip->ihl < 5 ||
        (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)) {
        return 0;
    }
    set_ipv4(&vip, ip->daddr);
    return kind_of_vip(&vip) == DP_TAP_VIP_OWNED;
}

// Whether the data plane takes a frame of IP that is to our MAC address, or else to a group's.
static __always_inline int is_taken(FRAME *frame, int to_us)
{
    struct dp_tap_vip_key address;
    struct packet packet = {0};
    if (to_us && is_usual(frame)) {
        return 1;
    }
    if (!is_ip(frame) || load_destination(frame, &address) != 0) {
        return 0;
    }
    __u32 kind = kind_of_vip(&address);
    if (kind == 0 && !is_solicited_group(&address)) {
        return 0;
    }
    if (parse(frame, ethertype_of(frame), IP_AT, &packet) != 0) {
        return to_us && kind == DP_TAP_VIP_OWNED;
    }
    return (to_us && kind != 0 && takes(frame, &address, kind, &packet)) ||
           kind_solicited(frame, &packet) == DP_TAP_VIP_OWNED;
}

#endif
