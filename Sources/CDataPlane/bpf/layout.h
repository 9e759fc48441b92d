// SPDX-License-Identifier: Apache-2.0
//
// The in-kernel maps' keys and values, shared by tap.bpf.c and ports/tap.c. Addresses in wire order,
// IPv4 in its mapped form, as in the flow table.

#ifndef DP_BPF_LAYOUT_H
#define DP_BPF_LAYOUT_H

#define DP_TAP_VIP_CAPACITY 16384
#define DP_TAP_SERVICE_CAPACITY 16384

struct dp_tap_vip_key {
    unsigned char address[16];
};

// Values of the VIP map.
enum dp_tap_vip { DP_TAP_VIP_OF_HOST = 1, DP_TAP_VIP_OWNED = 2 };

struct dp_tap_service_key {
    unsigned char address[16];
    unsigned short port_be;
    unsigned short protocol;
};

#endif
