// SPDX-License-Identifier: Apache-2.0
//
// RFC 826, 792, 1122 section 3.2.2, 4443 section 2.4, 4861 section 7.2.4, 9293 section 3.10.7.1, as a
// reader of the answers has them.

#include "judge.h"

#include "frames.h"
#include "require.h"

#include <netinet/in.h>
#include <string.h>

// An IP packet with its addresses in the mapped form.
struct ip_packet {
    struct dp_ip from, to;
    const uint8_t *ip, *l4;
    uint32_t protocol, hops, l4_length, length;
};

static uint32_t load16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

static bool is_owned(const struct dp_table_input *table, const struct dp_ip *vip)
{
    const struct dp_service_input *service = service_of_vip(table, vip);
    return service != NULL && service->owned;
}

static bool equal(const struct dp_ip *a, const struct dp_ip *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static struct dp_ip mapped(const uint8_t *bytes)
{
    return (struct dp_ip){{[10] = 0xFF, 0xFF, bytes[0], bytes[1], bytes[2], bytes[3]}};
}

static uint32_t pseudo_sum(const struct ip_packet *packet, bool ipv4)
{
    uint32_t sum = plain_sum(packet->ip + (ipv4 ? 12 : 8), ipv4 ? 8 : 32, 0);
    return sum + packet->protocol + packet->l4_length;
}

// What stands in a frame that we made: whole, without extension headers, its checksums right.
static struct ip_packet read_answer(const struct departure *sent)
{
    require(sent->length >= 34);
    bool ipv4 = load16(sent->data + 12) == 0x0800;
    uint32_t room = sent->length - DP_ETHERNET_HEADER;
    struct ip_packet packet = {.ip = sent->data + DP_ETHERNET_HEADER};
    uint32_t header;
    if (ipv4) {
        header = (packet.ip[0] & 15u) * 4;
        packet.length = load16(packet.ip + 2);
        packet.protocol = packet.ip[9];
        packet.hops = packet.ip[8];
        packet.from = mapped(packet.ip + 12);
        packet.to = mapped(packet.ip + 16);
        require(packet.ip[0] >> 4 == 4 && header >= 20 && header <= packet.length);
        require(plain_sum(packet.ip, header, 0) == 0xFFFF);
        require((load16(packet.ip + 6) & 0x3FFF) == 0);
    } else {
        require(load16(sent->data + 12) == 0x86DD && room >= 40 && packet.ip[0] >> 4 == 6);
        header = 40;
        packet.length = 40 + load16(packet.ip + 4);
        packet.protocol = packet.ip[6];
        packet.hops = packet.ip[7];
        memcpy(&packet.from, packet.ip + 8, sizeof packet.from);
        memcpy(&packet.to, packet.ip + 24, sizeof packet.to);
    }
    require(packet.length <= room && packet.hops > 0);
    packet.l4 = packet.ip + header;
    packet.l4_length = packet.length - header;
    uint32_t sum = packet.protocol == IPPROTO_ICMP ? 0 : pseudo_sum(&packet, ipv4);
    require(packet.l4_length >= 8);
    require(plain_sum(packet.l4, packet.l4_length, plain_sum(NULL, 0, sum)) == 0xFFFF);
    return packet;
}

static struct ip_packet read_addresses(const struct dp_frame *asked)
{
    struct ip_packet packet = {.ip = asked->data + DP_ETHERNET_HEADER};
    if (load16(asked->data + 12) == 0x0800) {
        packet.from = mapped(packet.ip + 12);
        packet.to = mapped(packet.ip + 16);
    } else {
        memcpy(&packet.from, packet.ip + 8, sizeof packet.from);
        memcpy(&packet.to, packet.ip + 24, sizeof packet.to);
    }
    return packet;
}

static void require_back(const struct dp_frame *asked, const struct departure *answer,
                         const struct ip_packet *packet)
{
    struct ip_packet question = read_addresses(asked);
    require(memcmp(answer->data, asked->data + DP_MAC_LENGTH, DP_MAC_LENGTH) == 0);
    require(equal(&packet->from, &question.to) && equal(&packet->to, &question.from));
    require(!equal(&packet->from, &packet->to));
    require(packet->to.bytes[is_ipv6(&packet->to) ? 0 : 12] < 0xE0 ||
            (is_ipv6(&packet->to) && packet->to.bytes[0] != 0xFF));
}

static void judge_arp(const struct dp_table_input *table, const struct dp_frame *asked,
                      const struct departure *answer)
{
    static const uint8_t reply[] = {0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 2};
    require(asked->length >= 42 && answer->length == asked->length);
    const uint8_t *arp = answer->data;
    struct dp_ip vip = mapped(arp + 28);
    require(is_owned(table, &vip) && memcmp(arp + 28, asked->data + 38, 4) == 0);
    require(memcmp(arp + 12, reply, sizeof reply) == 0);
    require(memcmp(arp, asked->data + 22, DP_MAC_LENGTH) == 0);
    require(memcmp(arp + 22, table->ingress_mac, DP_MAC_LENGTH) == 0);
    require(memcmp(arp + 32, asked->data + 22, DP_MAC_LENGTH + 4) == 0);
}

static void judge_advertisement(const struct dp_table_input *table, const struct ip_packet *packet,
                                const uint8_t *station)
{
    struct dp_ip vip;
    require(packet->protocol == IPPROTO_ICMPV6 && packet->l4_length == 32 && packet->hops == 255);
    require(packet->l4[0] == 136 && packet->l4[1] == 0);
    memcpy(&vip, packet->l4 + 8, sizeof vip);
    require(is_owned(table, &vip) && equal(&vip, &packet->from));
    require(packet->l4[24] == 2 && packet->l4[25] == 1);
    require(memcmp(packet->l4 + 26, table->ingress_mac, DP_MAC_LENGTH) == 0);
    require((packet->to.bytes[0] == 0xFF) == ((station[0] & 1) != 0));
}

static void judge_error(const struct dp_frame *asked, const struct ip_packet *packet)
{
    bool ipv4 = packet->protocol == IPPROTO_ICMP;
    require(ipv4 || packet->protocol == IPPROTO_ICMPV6);
    require(packet->l4[0] == (ipv4 ? 3 : 1) && packet->l4[1] == (ipv4 ? 3 : 4));
    require(packet->length <= (ipv4 ? 576 : 1280));
    uint32_t quote = packet->l4_length - 8;
    uint32_t present = asked->length - DP_ETHERNET_HEADER;
    require(quote <= present && quote >= (ipv4 ? 28 : 48));
    require(memcmp(packet->l4 + 8, asked->data + DP_ETHERNET_HEADER, quote) == 0);
}

static uint32_t load32(const uint8_t *bytes)
{
    return load16(bytes) << 16 | load16(bytes + 2);
}

static void judge_reset(const struct dp_frame *asked, const struct ip_packet *packet,
                        const uint8_t *mac)
{
    struct dp_packet question;
    require(dp_frame_parse(asked, mac, &question) == DP_NEXT);
    const uint8_t *segment = asked->data + question.l4_offset;
    uint32_t length = question.ip_length + DP_ETHERNET_HEADER - question.l4_offset;
    uint32_t header = (segment[12] >> 4) * 4u;
    require(header >= 20 && header <= length);
    require(packet->protocol == IPPROTO_TCP && packet->l4_length == 20 && packet->l4[12] == 0x50);
    require(load16(packet->l4) == load16(segment + 2) && load16(packet->l4 + 2) == load16(segment));
    bool acknowledges = (segment[13] & 0x10) != 0;
    uint32_t taken = length - header + (segment[13] & 1) + (segment[13] >> 1 & 1);
    require(packet->l4[13] == (acknowledges ? 0x04 : 0x14) && (segment[13] & 0x04) == 0);
    require(load32(packet->l4 + 4) == (acknowledges ? load32(segment + 8) : 0));
    require(load32(packet->l4 + 8) == (acknowledges ? 0 : load32(segment + 4) + taken));
}

static void judge_echo(const struct dp_frame *asked, const struct ip_packet *packet)
{
    require(packet->protocol == IPPROTO_ICMP || packet->protocol == IPPROTO_ICMPV6);
    require(packet->l4[0] == (packet->protocol == IPPROTO_ICMP ? 0 : 129));
    // Identifier, number and data stand as they were asked with, at the packet's end.
    uint32_t length = load16(asked->data + (packet->protocol == IPPROTO_ICMP ? 16 : 18));
    length += packet->protocol == IPPROTO_ICMP ? 0 : 40;
    const uint8_t *end = asked->data + DP_ETHERNET_HEADER + length;
    require(packet->l4_length - 4 <= length);
    require(memcmp(packet->l4 + 4, end - (packet->l4_length - 4), packet->l4_length - 4) == 0);
}

void judge_answer(const struct dp_table_input *table, enum dp_reason reason,
                  const struct dp_frame *asked, const struct departure *answer)
{
    require(answer->own && answer->egress == table->ingress && answer->length >= 42);
    require(memcmp(answer->data + DP_MAC_LENGTH, table->ingress_mac, DP_MAC_LENGTH) == 0);
    if (reason == DP_ARP_REPLY) {
        judge_arp(table, asked, answer);
        return;
    }
    struct ip_packet packet = read_answer(answer);
    if (reason == DP_NEIGHBOUR_REPLY) {
        judge_advertisement(table, &packet, answer->data);
        return;
    }
    require_back(asked, answer, &packet);
    switch (reason) {
    case DP_ECHO_REPLY:
        judge_echo(asked, &packet);
        break;
    case DP_PORT_UNREACHABLE:
        judge_error(asked, &packet);
        break;
    default:
        judge_reset(asked, &packet, table->ingress_mac);
    }
}

void judge_announcement(const struct dp_table_input *table, const struct departure *sent)
{
    require(sent->egress == table->ingress && sent->length >= 42 && (sent->data[0] & 1) != 0);
    require(memcmp(sent->data + DP_MAC_LENGTH, table->ingress_mac, DP_MAC_LENGTH) == 0);
    if (load16(sent->data + 12) == 0x0806) {
        struct dp_ip vip = mapped(sent->data + 28);
        require(is_owned(table, &vip) && memcmp(sent->data + 28, sent->data + 38, 4) == 0);
        return;
    }
    struct ip_packet packet = read_answer(sent);
    judge_advertisement(table, &packet, sent->data);
}
