// SPDX-License-Identifier: Apache-2.0
//
// What the in-kernel programs know, told by ports/tap.c: the VIPs, and the ports of the services.

#ifndef DP_BPF_MAPS_H
#define DP_BPF_MAPS_H

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "parse.h"

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, DP_TAP_VIP_CAPACITY);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct dp_tap_vip_key);
    __type(value, __u32);
} lvsdr_vips SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, DP_TAP_SERVICE_CAPACITY);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct dp_tap_service_key);
    __type(value, __u32);
} lvsdr_services SEC(".maps");

// 0 when the address is no VIP, else enum dp_tap_vip.
static __always_inline __u32 kind_of_vip(const struct dp_tap_vip_key *address)
{
    const __u32 *kind = bpf_map_lookup_elem(&lvsdr_vips, address);
    return kind ? *kind : 0;
}

enum port { SOURCE_PORT, DESTINATION_PORT };

// Whether one of the ports that stand at `l4_at` is a service's.
static __noinline int is_service(FRAME *frame, const struct dp_tap_vip_key *vip, __u8 protocol,
                                 __u32 l4_at, enum port which)
{
    struct dp_tap_service_key key = {.prefix_length = DP_TAP_PREFIX_PORT,
                                     .protocol_be = bpf_htons(protocol)};
    __be16 ports[2];
    __builtin_memcpy(key.address, vip->address, sizeof key.address);
    if (load_bytes(frame, l4_at, ports, sizeof ports) != 0) {
        return 0;
    }
    key.port_be = which == SOURCE_PORT ? ports[0] : ports[1];
    return bpf_map_lookup_elem(&lvsdr_services, &key) != 0;
}

#endif
