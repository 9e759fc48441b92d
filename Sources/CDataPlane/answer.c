// SPDX-License-Identifier: Apache-2.0
//
// The frames that we make: ARP replies (RFC 826), gratuitous ARP (RFC 5227), echo replies (RFC 792).
// In: a frame that vip.c judged to be a well-formed question. Out: the answer in the same memory.
// Worker thread.

#include "answer.h"

#include <arpa/inet.h>
#include <linux/icmp.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>

// Ethernet/IPv4 ARP, offsets from the frame's first byte.
enum {
    ARP_OPERATION = 20,
    ARP_SENDER_MAC = 22,
    ARP_SENDER_IP = 28,
    ARP_TARGET_MAC = 32,
    ARP_TARGET_IP = 38,
    REPLY_TTL = 64,
};

static void put16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

void dp_answer_arp(struct dp_frame *frame, const uint8_t mac[DP_MAC_LENGTH])
{
    uint8_t *arp = frame->data;
    uint8_t vip[4];
    memcpy(vip, arp + ARP_TARGET_IP, sizeof vip);
    memcpy(arp + ARP_TARGET_MAC, arp + ARP_SENDER_MAC, DP_MAC_LENGTH);
    memcpy(arp + ARP_TARGET_IP, arp + ARP_SENDER_IP, sizeof vip);
    memcpy(arp + ARP_SENDER_MAC, mac, DP_MAC_LENGTH);
    memcpy(arp + ARP_SENDER_IP, vip, sizeof vip);
    put16(arp + ARP_OPERATION, ARPOP_REPLY);
    memcpy(arp, arp + ARP_TARGET_MAC, DP_MAC_LENGTH);
    memcpy(arp + DP_MAC_LENGTH, mac, DP_MAC_LENGTH);
    frame->flags |= DP_FRAME_OWN;
}

void dp_announce_arp(uint8_t *frame, uint32_t vip_be, const uint8_t mac[DP_MAC_LENGTH])
{
    memset(frame, 0xFF, DP_MAC_LENGTH);
    memcpy(frame + DP_MAC_LENGTH, mac, DP_MAC_LENGTH);
    put16(frame + 12, ETH_P_ARP);
    put16(frame + 14, ARPHRD_ETHER);
    put16(frame + 16, ETH_P_IP);
    frame[18] = DP_MAC_LENGTH;
    frame[19] = sizeof vip_be;
    put16(frame + ARP_OPERATION, ARPOP_REQUEST);
    memcpy(frame + ARP_SENDER_MAC, mac, DP_MAC_LENGTH);
    memcpy(frame + ARP_SENDER_IP, &vip_be, sizeof vip_be);
    memset(frame + ARP_TARGET_MAC, 0, DP_MAC_LENGTH);
    memcpy(frame + ARP_TARGET_IP, &vip_be, sizeof vip_be);
}

static void set_checksum(uint8_t *field, const uint8_t *bytes, uint32_t length)
{
    memset(field, 0, 2);
    uint16_t sum = (uint16_t)~dp_checksum_sum(bytes, length);
    memcpy(field, &sum, sizeof sum);
}

bool dp_answer_echo(struct dp_frame *frame, const struct dp_packet *packet,
                    const uint8_t mac[DP_MAC_LENGTH])
{
    uint8_t *ip = frame->data + DP_ETHERNET_HEADER;
    uint8_t *icmp = frame->data + packet->l4_offset;
    uint32_t header = (uint32_t)(icmp - ip);
    uint32_t icmp_length = packet->ip_length - header;
    if (dp_checksum_sum(icmp, icmp_length) != 0xFFFF) {
        return false;
    }
    memcpy(frame->data, frame->data + DP_MAC_LENGTH, DP_MAC_LENGTH);
    memcpy(frame->data + DP_MAC_LENGTH, mac, DP_MAC_LENGTH);
    memcpy(ip + 12, &packet->key.vip.quad[3], 4);
    memcpy(ip + 16, &packet->key.client.quad[3], 4);
    ip[8] = REPLY_TTL;
    set_checksum(ip + 10, ip, header);
    icmp[0] = ICMP_ECHOREPLY;
    set_checksum(icmp + 2, icmp, icmp_length);
    frame->flags |= DP_FRAME_OWN;
    return true;
}
