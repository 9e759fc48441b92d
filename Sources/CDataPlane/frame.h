// SPDX-License-Identifier: Apache-2.0
//
// A frame as the ports hand it over, and what parsing finds in it.

#ifndef DP_FRAME_H
#define DP_FRAME_H

#include "CDataPlane.h"

enum {
    DP_ETHERNET_HEADER = 14,
    DP_HEADROOM = 16, // writable bytes before `data`: a port's own header (virtio-net)
    DP_TAILROOM = 48, // writable bytes behind a frame of up to DP_TAILROOM_FRAME bytes
    DP_TAILROOM_FRAME = 600,
    DP_FRAME_MAX = 65600, // a 64 KiB super-frame with its Ethernet header and room to spare
};

enum dp_frame_flag {
    DP_FRAME_VLAN = 1 << 0, // the tag is in the port's metadata
    DP_FRAME_CUT = 1 << 1,  // the port could not take all of it
    DP_FRAME_OWN = 1 << 2,  // made by us: what stands in the headroom is not about it
};

// A frame in its port's memory, from receive to release. `length` bytes are readable and writable;
// `wire_length` >= `length` is what it had on the wire (a capture may hold less).
struct dp_frame {
    uint8_t *data;
    uint32_t length;
    uint32_t wire_length;
    uint32_t egress; // interface index, set when it is to be sent
    uint32_t flags;
};

// An address in wire order; IPv4 in its mapped form (RFC 4291 section 2.5.5.2).
union dp_address {
    uint8_t bytes[16];
    uint32_t quad[4];
    uint64_t word[2];
};

// What names a flow. Without padding, so that it hashes and compares by words.
struct dp_flow_key {
    union dp_address client;
    union dp_address vip;
    uint16_t client_port_be;
    uint16_t service_port_be;
    uint32_t protocol;
};
_Static_assert(sizeof(struct dp_flow_key) == 40, "five words, no padding");

enum dp_packet_kind {
    DP_KIND_ARP,
    DP_KIND_NEIGHBOUR,  // an ICMPv6 neighbour solicitation
    DP_KIND_TRANSPORT,  // TCP or UDP with its ports
    DP_KIND_ICMP,       // ICMP, ICMPv6, beside the next
    DP_KIND_ICMP_ERROR, // one that quotes a packet of TCP or UDP with its ports
    DP_KIND_OTHER,
};

enum dp_fragment { DP_WHOLE, DP_FRAGMENT_FIRST, DP_FRAGMENT_LATER };

// The TCP flags that steer a flow's state (RFC 9293 section 3.1).
enum dp_tcp_flag { DP_TCP_FIN = 0x01, DP_TCP_SYN = 0x02, DP_TCP_RST = 0x04, DP_TCP_ACK = 0x10 };

// What a frame is. The key is the packet's own; of DP_KIND_ICMP_ERROR it is that of the flow whose
// packet is quoted, as the client's packets have it, and `vip` is the address that the error came to.
struct dp_packet {
    struct dp_flow_key key;
    uint64_t hash;
    uint32_t ip_length;   // with the header; a jumbogram is flawed
    uint32_t fragment_id; // of a fragment, as it stands on the wire
    uint16_t l4_offset;   // from the frame's first byte
    uint8_t kind;         // enum dp_packet_kind
    uint8_t fragment;     // enum dp_fragment
    uint8_t tcp_flags;    // enum dp_tcp_flag
    uint8_t flaw;         // enum dp_reason, or DP_NEXT: why it would be dropped if it is for a VIP
};

// No exit taken yet: the frame goes on to the next step.
#define DP_NEXT ((enum dp_reason)DP_REASON_COUNT)

// What stands before an IPv4 address in the mapped form, in wire order.
#define DP_MAPPED_QUAD (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0xFFFF0000u : 0x0000FFFFu)

static inline union dp_address dp_address_ipv4(uint32_t address_be)
{
    return (union dp_address){.quad = {0, 0, DP_MAPPED_QUAD, address_be}};
}

static inline union dp_address dp_address_of(const struct dp_ip *ip)
{
    union dp_address address;
    __builtin_memcpy(&address, ip, sizeof address);
    return address;
}

static inline bool dp_address_is_ipv4(const union dp_address *address)
{
    return address->word[0] == 0 && address->quad[2] == DP_MAPPED_QUAD;
}

static inline bool dp_address_equal(const union dp_address *a, const union dp_address *b)
{
    return a->word[0] == b->word[0] && a->word[1] == b->word[1];
}

// Fills `packet` from the frame's bytes. Returns DP_NEXT, or the exit of a frame that can not be
// for us whatever the snapshot says.
enum dp_reason dp_frame_parse(const struct dp_frame *frame, const uint8_t mac[DP_MAC_LENGTH],
                              struct dp_packet *packet);

// Whether the checksum of the ICMP or ICMPv6 message in `frame` is right: for a packet of a kind that
// is one, whole, without a flaw. (Virtual NICs leave checksums half done for TCP and UDP only.) False
// too when the port could not take all of it.
bool dp_icmp_checks_out(const struct dp_frame *frame, const struct dp_packet *packet);

#endif
