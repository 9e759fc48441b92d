// SPDX-License-Identifier: Apache-2.0
//
// The frames that we make: ARP replies (RFC 826), gratuitous ARP (RFC 5227), echo replies and port
// unreachable (RFC 792, RFC 4443), resets (RFC 9293); neighbour.c has IPv6's counterpart of ARP. In:
// a frame that was parsed and found in order. Out: the answer in the same memory. Worker thread.

#include "answer.h"

#include "checksum.h"
#include "frame_ipv6.h"
#include "icmp.h"
#include "wire.h"

#include <arpa/inet.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
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

void dp_answer_arp(struct dp_frame *frame, const uint8_t mac[DP_MAC_LENGTH])
{
    uint8_t *arp = frame->data;
    uint8_t vip[4];
    memcpy(vip, arp + ARP_TARGET_IP, sizeof vip);
    memcpy(arp + ARP_TARGET_MAC, arp + ARP_SENDER_MAC, DP_MAC_LENGTH);
    memcpy(arp + ARP_TARGET_IP, arp + ARP_SENDER_IP, sizeof vip);
    memcpy(arp + ARP_SENDER_MAC, mac, DP_MAC_LENGTH);
    memcpy(arp + ARP_SENDER_IP, vip, sizeof vip);
    dp_put16(arp + ARP_OPERATION, ARPOP_REPLY);
    memcpy(arp, arp + ARP_TARGET_MAC, DP_MAC_LENGTH);
    memcpy(arp + DP_MAC_LENGTH, mac, DP_MAC_LENGTH);
    frame->flags |= DP_FRAME_OWN;
}

void dp_announce_arp(uint8_t *frame, uint32_t vip_be, const uint8_t mac[DP_MAC_LENGTH])
{
    memset(frame, 0xFF, DP_MAC_LENGTH);
    memcpy(frame + DP_MAC_LENGTH, mac, DP_MAC_LENGTH);
    dp_put16(frame + 12, ETH_P_ARP);
    dp_put16(frame + 14, ARPHRD_ETHER);
    dp_put16(frame + 16, ETH_P_IP);
    frame[18] = DP_MAC_LENGTH;
    frame[19] = sizeof vip_be;
    dp_put16(frame + ARP_OPERATION, ARPOP_REQUEST);
    memcpy(frame + ARP_SENDER_MAC, mac, DP_MAC_LENGTH);
    memcpy(frame + ARP_SENDER_IP, &vip_be, sizeof vip_be);
    memset(frame + ARP_TARGET_MAC, 0, DP_MAC_LENGTH);
    memcpy(frame + ARP_TARGET_IP, &vip_be, sizeof vip_be);
}

enum {
    IPV4_HEADER = 20,
    IPV4_DONT_FRAGMENT = 0x4000,
    TCP_HEADER = 20,
    WORD = 4,
    IPV4_ERROR_MAX = 576,  // RFC 1812 section 4.3.2.3
    IPV6_ERROR_MAX = 1280, // RFC 4443 section 2.4 (c)
};
_Static_assert(DP_ETHERNET_HEADER + IPV4_ERROR_MAX <= DP_TAILROOM_FRAME, "no tail room is missing");
_Static_assert(DP_IPV6_HEADER + DP_ICMP_HEADER <= DP_TAILROOM, "a short frame is quoted whole");

// Where an answer is being written.
struct answer {
    uint8_t *ip;
    uint8_t *l4;
    uint32_t header; // of IP: `l4` - `ip`
    uint8_t icmp;    // the family's
};

static struct answer begin(struct dp_frame *frame, const struct dp_packet *packet)
{
    bool ipv4 = dp_address_is_ipv4(&packet->key.vip);
    struct answer answer = {.ip = frame->data + DP_ETHERNET_HEADER,
                            .header = ipv4 ? IPV4_HEADER : DP_IPV6_HEADER,
                            .icmp = ipv4 ? DP_PROTOCOL_ICMP : DP_PROTOCOL_ICMPV6};
    answer.l4 = answer.ip + answer.header;
    return answer;
}

static void write_ipv4(uint8_t *ip, const struct dp_packet *packet, uint8_t protocol,
                       uint32_t length)
{
    ip[0] = 0x45;
    ip[1] = 0;
    dp_put16(ip + 2, (uint16_t)(IPV4_HEADER + length));
    dp_put16(ip + 4, 0);
    dp_put16(ip + 6, IPV4_DONT_FRAGMENT);
    ip[8] = REPLY_TTL;
    ip[9] = protocol;
    dp_put16(ip + 10, 0);
    memcpy(ip + 12, &packet->key.vip.quad[3], 4);
    memcpy(ip + 16, &packet->key.client.quad[3], 4);
    dp_checksum_write(ip + 10, dp_checksum_sum(ip, IPV4_HEADER));
}

static void write_ipv6(uint8_t *ip, const struct dp_packet *packet, uint8_t protocol,
                       uint32_t length)
{
    dp_put32(ip, 6u << 28);
    dp_put16(ip + 4, (uint16_t)length);
    ip[6] = protocol;
    ip[DP_IPV6_HOP_LIMIT] = REPLY_TTL;
    memcpy(ip + DP_IPV6_SOURCE, &packet->key.vip, sizeof packet->key.vip);
    memcpy(ip + DP_IPV6_DESTINATION, &packet->key.client, sizeof packet->key.client);
}

static void turn_ethernet_round(struct dp_frame *frame, const uint8_t mac[DP_MAC_LENGTH])
{
    memcpy(frame->data, frame->data + DP_MAC_LENGTH, DP_MAC_LENGTH);
    memcpy(frame->data + DP_MAC_LENGTH, mac, DP_MAC_LENGTH);
    frame->flags |= DP_FRAME_OWN;
}

// The headers from the VIP back to where the frame came from, without options or extensions, before
// the `length` bytes of `protocol` that stand at `l4`; and their checksum, whose field is zero.
static void finish(const struct answer *answer, struct dp_frame *frame,
                   const struct dp_packet *packet, const uint8_t mac[DP_MAC_LENGTH],
                   uint8_t protocol, uint32_t length)
{
    turn_ethernet_round(frame, mac);
    bool ipv4 = answer->header == IPV4_HEADER;
    (ipv4 ? write_ipv4 : write_ipv6)(answer->ip, packet, protocol, length);
    uint8_t *field = answer->l4 + (protocol == DP_TCP ? 16 : 2);
    bool plain = protocol == DP_PROTOCOL_ICMP;
    dp_checksum_write(field,
                      plain ? dp_checksum_sum(answer->l4, length)
                            : dp_checksum_sum_over_ip(answer->ip, protocol, answer->l4, length));
    frame->length = frame->wire_length = DP_ETHERNET_HEADER + answer->header + length;
}

// With the request's header and its options.
static void echo_ipv4(struct dp_frame *frame, const struct dp_packet *packet,
                      const uint8_t mac[DP_MAC_LENGTH])
{
    uint8_t *ip = frame->data + DP_ETHERNET_HEADER;
    uint8_t *icmp = frame->data + packet->l4_offset;
    uint32_t header = packet->l4_offset - DP_ETHERNET_HEADER;
    turn_ethernet_round(frame, mac);
    ip[8] = REPLY_TTL;
    memcpy(ip + 12, &packet->key.vip.quad[3], 4);
    memcpy(ip + 16, &packet->key.client.quad[3], 4);
    dp_put16(ip + 10, 0);
    dp_checksum_write(ip + 10, dp_checksum_sum(ip, header));
    icmp[0] = DP_ICMP_ECHO_REPLY;
    dp_put16(icmp + 2, 0);
    dp_checksum_write(icmp + 2, dp_checksum_sum(icmp, packet->ip_length - header));
}

static void echo_ipv6(struct dp_frame *frame, const struct dp_packet *packet,
                      const uint8_t mac[DP_MAC_LENGTH])
{
    struct answer answer = begin(frame, packet);
    uint32_t length = packet->ip_length - (packet->l4_offset - DP_ETHERNET_HEADER);
    memmove(answer.l4, frame->data + packet->l4_offset, length);
    answer.l4[0] = DP_ICMPV6_ECHO_REPLY;
    dp_put16(answer.l4 + 2, 0);
    finish(&answer, frame, packet, mac, DP_PROTOCOL_ICMPV6, length);
}

bool dp_answer_echo(struct dp_frame *frame, const struct dp_packet *packet,
                    const uint8_t mac[DP_MAC_LENGTH])
{
    if (!dp_icmp_checks_out(frame, packet)) {
        return false;
    }
    bool ipv4 = packet->key.protocol == DP_PROTOCOL_ICMP;
    (ipv4 ? echo_ipv4 : echo_ipv6)(frame, packet, mac);
    return true;
}

void dp_answer_reset(struct dp_frame *frame, const struct dp_packet *packet,
                     const uint8_t mac[DP_MAC_LENGTH])
{
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
        dp_put32(tcp + 8, dp_get32(asked + 4) + length);
        tcp[13] = DP_TCP_RST | DP_TCP_ACK;
    }
    struct answer answer = begin(frame, packet);
    memcpy(answer.l4, tcp, TCP_HEADER);
    finish(&answer, frame, packet, mac, DP_TCP, TCP_HEADER);
}

// How much of the packet an error may quote: what is there, fits into the error, and has room in the
// port's memory.
static uint32_t quote_length(const struct dp_frame *frame, const struct dp_packet *packet,
                             const struct answer *answer)
{
    bool ipv4 = answer->header == IPV4_HEADER;
    uint32_t tail = frame->length <= DP_TAILROOM_FRAME ? DP_TAILROOM : 0;
    uint32_t room = frame->length + tail - DP_ETHERNET_HEADER;
    uint32_t most = ipv4 ? IPV4_ERROR_MAX : IPV6_ERROR_MAX;
    uint32_t quote = (room < most ? room : most) - answer->header - DP_ICMP_HEADER;
    uint32_t present = frame->length - DP_ETHERNET_HEADER;
    uint32_t packet_there = packet->ip_length < present ? packet->ip_length : present;
    return packet_there < quote ? packet_there : quote;
}

void dp_answer_unreachable(struct dp_frame *frame, const struct dp_packet *packet,
                           const uint8_t mac[DP_MAC_LENGTH])
{
    struct answer answer = begin(frame, packet);
    bool ipv4 = answer.icmp == DP_PROTOCOL_ICMP;
    uint32_t quote = quote_length(frame, packet, &answer);
    memmove(answer.l4 + DP_ICMP_HEADER, answer.ip, quote);
    memset(answer.l4, 0, DP_ICMP_HEADER);
    answer.l4[0] = ipv4 ? DP_ICMP_UNREACHABLE : DP_ICMPV6_UNREACHABLE;
    answer.l4[1] = ipv4 ? DP_ICMP_PORT : DP_ICMPV6_PORT;
    finish(&answer, frame, packet, mac, answer.icmp, DP_ICMP_HEADER + quote);
}

static bool is_host_ipv4(const union dp_address *address)
{
    uint32_t first = address->bytes[12];
    return first != 0 && first != 127 && first < 224;
}

// Neither multicast nor unspecified nor the loopback's.
static bool is_host_ipv6(const union dp_address *address)
{
    bool is_low = address->word[0] == 0 && address->quad[2] == 0 && ntohl(address->quad[3]) <= 1;
    return address->bytes[0] != 0xFF && !is_low;
}

bool dp_answer_is_allowed(const struct dp_frame *frame, const struct dp_packet *packet)
{
    const union dp_address *client = &packet->key.client;
    bool is_host = dp_address_is_ipv4(client) ? is_host_ipv4(client) : is_host_ipv6(client);
    bool is_group = (frame->data[DP_MAC_LENGTH] & 1) != 0;
    return is_host && !is_group && !dp_address_equal(client, &packet->key.vip);
}
