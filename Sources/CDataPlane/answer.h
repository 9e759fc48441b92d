// SPDX-License-Identifier: Apache-2.0
//
// The frames that we make in the VIP's name.

#ifndef DP_ANSWER_H
#define DP_ANSWER_H

#include "frame.h"

enum { DP_ARP_FRAME = 42 };

// Turns the ARP request in `frame` into the reply, in place: the VIP is at `mac`.
void dp_answer_arp(struct dp_frame *frame, const uint8_t mac[DP_MAC_LENGTH]);

// Turns the echo request in `frame` into the reply, in place (RFC 792). False when the request's
// ICMP checksum is wrong.
bool dp_answer_echo(struct dp_frame *frame, const struct dp_packet *packet,
                    const uint8_t mac[DP_MAC_LENGTH]);

// Writes a gratuitous ARP request (RFC 5227 section 3) of DP_ARP_FRAME bytes.
void dp_announce_arp(uint8_t *frame, uint32_t vip_be, const uint8_t mac[DP_MAC_LENGTH]);

#endif
