// SPDX-License-Identifier: Apache-2.0
//
// Is it for us: a VIP's ARP or echo, or not ours at all. In: a parsed frame that is for no service.
// Out: its exit. Worker thread; RFC 826, RFC 5227 section 2.

#include "vip.h"

#include <arpa/inet.h>
#include <linux/icmp.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <string.h>

enum { ARP_LENGTH = 42 };

// True for an Ethernet/IPv4 ARP request by a host that may be answered.
static bool is_arp_request(const struct dp_frame *frame)
{
    static const uint8_t ethernet_ipv4[] = {0, ARPHRD_ETHER, ETH_P_IP >> 8, ETH_P_IP & 0xFF, 6, 4,
                                            0, ARPOP_REQUEST};
    static const uint8_t none[DP_MAC_LENGTH];
    if (frame->length < ARP_LENGTH ||
        memcmp(frame->data + DP_ETHERNET_HEADER, ethernet_ipv4, sizeof ethernet_ipv4) != 0) {
        return false;
    }
    const uint8_t *sender = frame->data + 22;
    bool gratuitous = memcmp(frame->data + 28, frame->data + 38, 4) == 0;
    return (sender[0] & 1) == 0 && memcmp(sender, none, sizeof none) != 0 && !gratuitous;
}

static enum dp_reason classify_arp(const struct dp_snapshot *snapshot, const struct dp_frame *frame)
{
    if (!is_arp_request(frame)) {
        return DP_NOT_A_VIP;
    }
    uint32_t asked_be;
    memcpy(&asked_be, frame->data + 38, sizeof asked_be);
    union dp_address asked = dp_address_ipv4(asked_be);
    uint32_t vip = dp_snapshot_find(snapshot, &asked, 0, 0);
    return (vip & DP_VIP_OWNED) != 0 ? DP_ARP_REPLY : DP_NOT_A_VIP;
}

// A port of a VIP of ours that has no service, as a host with a closed port sees it.
static enum dp_reason closed_port(const struct dp_snapshot *snapshot,
                                  const struct dp_packet *packet)
{
    if (snapshot->no_flow == DP_NO_FLOW_DROP || (packet->tcp_flags & DP_TCP_RST) != 0) {
        return DP_CLOSED_PORT;
    }
    return packet->key.protocol == DP_TCP ? DP_RESET_NO_SERVICE : DP_PORT_UNREACHABLE;
}

enum dp_reason dp_vip_classify(const struct dp_snapshot *snapshot, const struct dp_frame *frame,
                               const struct dp_packet *packet)
{
    if (packet->kind == DP_KIND_ARP) {
        return classify_arp(snapshot, frame);
    }
    uint32_t vip = dp_snapshot_find(snapshot, &packet->key.vip, 0, 0);
    if (vip == 0) {
        return DP_NOT_A_VIP;
    }
    if (packet->flaw != DP_NEXT) {
        return (enum dp_reason)packet->flaw;
    }
    bool owned = (vip & DP_VIP_OWNED) != 0;
    if (packet->fragment != DP_WHOLE) {
        return owned ? DP_FRAGMENT_UNSERVED : DP_HOST_FRAGMENT;
    }
    if (!owned) {
        return DP_NO_SERVICE;
    }
    if (packet->kind == DP_KIND_TRANSPORT) {
        return closed_port(snapshot, packet);
    }
    bool is_echo = packet->kind == DP_KIND_ICMP && frame->data[packet->l4_offset] == ICMP_ECHO;
    return is_echo ? DP_ECHO_REPLY : DP_NO_SERVICE;
}
