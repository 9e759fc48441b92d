// SPDX-License-Identifier: Apache-2.0
//
// The frames that we make: ARP replies (RFC 826), gratuitous ARP (RFC 5227), echo replies and port
// unreachable (RFC 792), resets (RFC 9293). In: a frame that was parsed and found in order. Out: the
// answer in the same memory. Worker thread.

#include "answer.h"

#include <arpa/inet.h>
#include <linux/icmp.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
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

// From the VIP back to where the frame came from: both headers, but for the length.
static void turn_round(struct dp_frame *frame, const struct dp_packet *packet,
                       const uint8_t mac[DP_MAC_LENGTH])
{
    uint8_t *ip = frame->data + DP_ETHERNET_HEADER;
    memcpy(frame->data, frame->data + DP_MAC_LENGTH, DP_MAC_LENGTH);
    memcpy(frame->data + DP_MAC_LENGTH, mac, DP_MAC_LENGTH);
    memcpy(ip + 12, &packet->key.vip.quad[3], 4);
    memcpy(ip + 16, &packet->key.client.quad[3], 4);
    ip[8] = REPLY_TTL;
    frame->flags |= DP_FRAME_OWN;
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
    turn_round(frame, packet, mac);
    set_checksum(ip + 10, ip, header);
    icmp[0] = ICMP_ECHOREPLY;
    set_checksum(icmp + 2, icmp, icmp_length);
    return true;
}

enum {
    IP_HEADER = 20,
    TCP_HEADER = 20,
    ICMP_HEADER = 8,
    IP_DONT_FRAGMENT = 0x4000,
    QUOTE_MAX = 576 - IP_HEADER - ICMP_HEADER,
    WORD = 4,
};
_Static_assert(DP_ETHERNET_HEADER + QUOTE_MAX + IP_HEADER + ICMP_HEADER <=
                   DP_TAILROOM_FRAME + DP_TAILROOM,
               "the longest error fits behind its frame");

// A header without options for `length` bytes behind it; the addresses stand already.
static void write_ip_header(uint8_t *ip, uint8_t protocol, uint32_t length)
{
    ip[0] = 0x45;
    ip[1] = 0;
    put16(ip + 2, (uint16_t)(IP_HEADER + length));
    put16(ip + 4, 0);
    put16(ip + 6, IP_DONT_FRAGMENT);
    ip[9] = protocol;
    set_checksum(ip + 10, ip, IP_HEADER);
}

static void put32(uint8_t *bytes, uint32_t value)
{
    put16(bytes, (uint16_t)(value >> 16));
    put16(bytes + 2, (uint16_t)value);
}

static uint32_t get32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void set_tcp_checksum(const uint8_t *ip, uint8_t *tcp)
{
    uint8_t pseudo[12 + TCP_HEADER];
    memcpy(pseudo, ip + 12, 8);
    pseudo[8] = 0;
    pseudo[9] = IPPROTO_TCP;
    put16(pseudo + 10, TCP_HEADER);
    memset(tcp + 16, 0, 2);
    memcpy(pseudo + 12, tcp, TCP_HEADER);
    set_checksum(tcp + 16, pseudo, sizeof pseudo);
}

void dp_answer_reset(struct dp_frame *frame, const struct dp_packet *packet,
                     const uint8_t mac[DP_MAC_LENGTH])
{
    uint8_t *ip = frame->data + DP_ETHERNET_HEADER;
    const uint8_t *asked = frame->data + packet->l4_offset;
    uint8_t tcp[TCP_HEADER] = {0};
    memcpy(tcp, asked + 2, 2);
    memcpy(tcp + 2, asked, 2);
    tcp[12] = TCP_HEADER / WORD << 4;
    if ((packet->tcp_flags & DP_TCP_ACK) != 0) {
        memcpy(tcp + 4, asked + 8, 4);
        tcp[13] = DP_TCP_RST;
    } else {
        uint32_t header =
            packet->l4_offset - DP_ETHERNET_HEADER + (uint32_t)(asked[12] >> 4) * WORD;
        uint32_t length = packet->ip_length - header;
        length += (packet->tcp_flags & DP_TCP_SYN) != 0;
        length += (packet->tcp_flags & DP_TCP_FIN) != 0;
        put32(tcp + 8, get32(asked + 4) + length);
        tcp[13] = DP_TCP_RST | DP_TCP_ACK;
    }
    turn_round(frame, packet, mac);
    write_ip_header(ip, IPPROTO_TCP, TCP_HEADER);
    memcpy(ip + IP_HEADER, tcp, TCP_HEADER);
    set_tcp_checksum(ip, ip + IP_HEADER);
    frame->length = frame->wire_length = DP_ETHERNET_HEADER + IP_HEADER + TCP_HEADER;
}

void dp_answer_unreachable(struct dp_frame *frame, const struct dp_packet *packet,
                           const uint8_t mac[DP_MAC_LENGTH])
{
    uint8_t *ip = frame->data + DP_ETHERNET_HEADER;
    uint8_t *icmp = ip + IP_HEADER;
    uint32_t present = frame->length - DP_ETHERNET_HEADER;
    uint32_t quote = packet->ip_length < present ? packet->ip_length : present;
    quote = quote < QUOTE_MAX ? quote : QUOTE_MAX;
    memmove(icmp + ICMP_HEADER, ip, quote);
    memset(icmp, 0, ICMP_HEADER);
    icmp[0] = ICMP_DEST_UNREACH;
    icmp[1] = ICMP_PORT_UNREACH;
    set_checksum(icmp + 2, icmp, ICMP_HEADER + quote);
    turn_round(frame, packet, mac);
    write_ip_header(ip, IPPROTO_ICMP, ICMP_HEADER + quote);
    frame->length = frame->wire_length = DP_ETHERNET_HEADER + IP_HEADER + ICMP_HEADER + quote;
}

bool dp_answer_is_allowed(const struct dp_frame *frame, const struct dp_packet *packet)
{
    uint32_t first = packet->key.client.bytes[12];
    bool is_host = first != 0 && first != 127 && first < 224;
    bool is_group = (frame->data[DP_MAC_LENGTH] & 1) != 0;
    return is_host && !is_group && !dp_address_equal(&packet->key.client, &packet->key.vip);
}
