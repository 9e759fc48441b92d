// SPDX-License-Identifier: Apache-2.0
//
// The in-kernel maps' keys and values, shared by the programs and ports/tap.c. Addresses in wire
// order, IPv4 in its mapped form, as in the flow table.

#ifndef DP_BPF_LAYOUT_H
#define DP_BPF_LAYOUT_H

#define DP_TAP_VIP_CAPACITY 16384
#define DP_TAP_SERVICE_CAPACITY 1048576 // prefixes: a range of ports takes up to 30

struct dp_tap_vip_key {
    unsigned char address[16];
};

// Values of the VIP map.
enum dp_tap_vip { DP_TAP_VIP_OF_HOST = 1, DP_TAP_VIP_OWNED = 2 };

// A block of ports, as a prefix (BPF_MAP_TYPE_LPM_TRIE): so many bits of what follows it count.
struct dp_tap_service_key {
    unsigned int prefix_length;
    unsigned char address[16];
    unsigned short protocol_be;
    unsigned short port_be;
};

enum {
    DP_TAP_PREFIX_ANY_PORT = 144, // VIP and protocol
    DP_TAP_PREFIX_PORT = 160,
};

_Static_assert(sizeof(struct dp_tap_service_key) == 4 + DP_TAP_PREFIX_PORT / 8, "no padding");

#endif
