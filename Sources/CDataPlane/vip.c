// SPDX-License-Identifier: Apache-2.0
//
// Is it for us: a VIP's ARP, neighbour solicitation or echo, or not ours at all. In: a parsed frame
// that is for no service. Out: its exit. Worker thread; RFC 826, RFC 5227 section 2, RFC 4861
// section 7.2.3.

#include "vip.h"

#include "answer.h"
#include "icmp.h"
#include "neighbour.h"
#include "transport.h"

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

// Whoever has the VIP for its own address is not told where it is.
static enum dp_reason classify_neighbour(const struct dp_snapshot *snapshot,
                                         const struct dp_frame *frame,
                                         const struct dp_packet *packet)
{
    union dp_address asked = dp_solicitation_asks(frame, packet);
    uint32_t vip = dp_snapshot_find(snapshot, &asked, 0, 0);
    if ((vip & DP_VIP_OWNED) == 0 || dp_address_equal(&asked, &packet->key.client)) {
        return DP_NOT_A_VIP;
    }
    return dp_solicitation_checks_out(frame, packet) ? DP_NEIGHBOUR_REPLY : DP_BAD_SOLICITATION;
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

// A later fragment that nothing is known of, or any of a packet without ports.
static enum dp_reason fragment(bool owned, bool is_transport)
{
    if (!owned) {
        return DP_HOST_FRAGMENT;
    }
    return is_transport ? DP_FRAGMENT_LOST : DP_FRAGMENT_UNSERVED;
}

enum dp_reason dp_vip_classify(const struct dp_snapshot *snapshot, const struct dp_frame *frame,
                               const struct dp_packet *packet)
{
    if (packet->kind == DP_KIND_ARP) {
        return classify_arp(snapshot, frame);
    }
    if (packet->kind == DP_KIND_NEIGHBOUR) {
        return classify_neighbour(snapshot, frame, packet);
    }
    uint32_t vip = dp_snapshot_find(snapshot, &packet->key.vip, 0, 0);
    if (vip == 0) {
        return DP_NOT_A_VIP;
    }
    if (packet->flaw != DP_NEXT) {
        return (enum dp_reason)packet->flaw;
    }
    bool owned = (vip & DP_VIP_OWNED) != 0;
    bool is_transport = dp_has_ports(packet->key.protocol);
    if (packet->fragment == DP_FRAGMENT_LATER || (packet->fragment != DP_WHOLE && !is_transport)) {
        return fragment(owned, is_transport);
    }
    if (!owned) {
        return DP_NO_SERVICE;
    }
    if (packet->kind == DP_KIND_TRANSPORT) {
        return closed_port(snapshot, packet);
    }
    if (!dp_icmp_is_echo(frame, packet)) {
        return DP_NO_SERVICE;
    }
    return dp_answer_is_allowed(frame, packet) ? DP_ECHO_REPLY : DP_BAD_SOURCE;
}
