// SPDX-License-Identifier: Apache-2.0
//
// The frames that we make in the VIP's name.

#ifndef DP_ANSWER_H
#define DP_ANSWER_H

#include "frame.h"

enum { DP_ARP_FRAME = 42, DP_ADVERTISEMENT_FRAME = 86 };

// Turns the ARP request in `frame` into the reply, in place: the VIP is at `mac`.
void dp_answer_arp(struct dp_frame *frame, const uint8_t mac[DP_MAC_LENGTH]);

// Turns the neighbour solicitation in `frame`, which dp_solicitation_checks_out() has seen, into the
// advertisement (RFC 4861 section 7.2.4), in place: the VIP is at `mac`. Where the asker has no
// address yet all hosts are told.
void dp_answer_neighbour(struct dp_frame *frame, const struct dp_packet *packet,
                         const uint8_t mac[DP_MAC_LENGTH]);

// Turns the echo request in `frame` into the reply (RFC 792, RFC 4443 section 4.2), in place. False
// when the request's ICMP checksum is wrong.
bool dp_answer_echo(struct dp_frame *frame, const struct dp_packet *packet,
                    const uint8_t mac[DP_MAC_LENGTH]);

// Turns the TCP segment in `frame` into the RST that a host without the connection sends (RFC 9293
// section 3.10.7.1), in place.
void dp_answer_reset(struct dp_frame *frame, const struct dp_packet *packet,
                     const uint8_t mac[DP_MAC_LENGTH]);

// Turns the packet in `frame` into an ICMP port unreachable that quotes it (RFC 792, RFC 1812
// section 4.3.2.3; RFC 4443 section 3.1), in place.
void dp_answer_unreachable(struct dp_frame *frame, const struct dp_packet *packet,
                           const uint8_t mac[DP_MAC_LENGTH]);

// Whether a packet with this source may be answered at all (RFC 1122 section 3.2.2, RFC 4443 section
// 2.4 (e)): one host sent it, and not by a group's link-layer address.
bool dp_answer_is_allowed(const struct dp_frame *frame, const struct dp_packet *packet);

// Writes a gratuitous ARP request (RFC 5227 section 3) of DP_ARP_FRAME bytes.
void dp_announce_arp(uint8_t *frame, uint32_t vip_be, const uint8_t mac[DP_MAC_LENGTH]);

// Writes an unsolicited neighbour advertisement to all hosts (RFC 4861 section 7.2.6) of
// DP_ADVERTISEMENT_FRAME bytes. `vip` is an IPv6 one.
void dp_announce_neighbour(uint8_t *frame, const union dp_address *vip,
                           const uint8_t mac[DP_MAC_LENGTH]);

#endif
