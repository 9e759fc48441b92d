// SPDX-License-Identifier: Apache-2.0
//
// The one virtual service of a minimal forwarder, and which frames are its: IPv4 without options or
// IPv6 without extension headers, UDP or TCP. The programs in the kernel and the processes share it.
#ifndef TRAFFIC_SERVICE_H
#define TRAFFIC_SERVICE_H

#include <linux/types.h>

#include "flow_lines.h"

struct service {
    __u64 vip6[2]; // as on the wire
    __u32 vip4;
    __u32 egress;  // the interface towards the real server
    __u16 port_be; // 0: every port
    __u8 macs[12]; // the real server's, ours
    __u8 reserved[2];
};

// Every way of receiving puts a frame at an even address: in the kernel two bytes are read at once.
static inline __attribute__((always_inline)) const __u8 *service_even(const __u8 *bytes)
{
    return __builtin_assume_aligned(bytes, 2);
}

static inline __attribute__((always_inline)) int service_has_port(const struct service *service,
                                                                  const __u8 *l4, __u8 protocol,
                                                                  struct flow_key *key)
{
    __builtin_memcpy(&key->ports_be, service_even(l4), sizeof key->ports_be);
    __u16 port_be;
    __builtin_memcpy(&port_be, service_even(l4 + 2), sizeof port_be);
    key->protocol = protocol;
    return (service->port_be == port_be || service->port_be == 0) &&
           (protocol == 6 || protocol == 17);
}

// Whether a frame is the service's; then `key` is its flow.
static inline __attribute__((always_inline)) int service_takes(const struct service *service,
                                                               const __u8 *frame, const __u8 *end,
                                                               struct flow_key *key)
{
    enum { IP_AT = 14, IPV4_L4 = IP_AT + 20, IPV6_L4 = IP_AT + 40, PORTS = 4 };
    __builtin_memset(key, 0, sizeof *key);
    if (frame + IPV4_L4 + PORTS > end) {
        return 0;
    }
    if (frame[12] == 0x08 && frame[13] == 0x00 && frame[IP_AT] == 0x45) {
        __builtin_memcpy(key->client, service_even(frame + IP_AT + 12), 4);
        __u32 vip;
        __builtin_memcpy(&vip, service_even(frame + IP_AT + 16), sizeof vip);
        return vip == service->vip4 &&
               service_has_port(service, frame + IPV4_L4, frame[IP_AT + 9], key);
    }
    if (frame[12] == 0x86 && frame[13] == 0xDD && frame + IPV6_L4 + PORTS <= end) {
        __builtin_memcpy(key->client, service_even(frame + IP_AT + 8), sizeof key->client);
        __u64 vip[2];
        __builtin_memcpy(vip, service_even(frame + IP_AT + 24), sizeof vip);
        return vip[0] == service->vip6[0] && vip[1] == service->vip6[1] &&
               service_has_port(service, frame + IPV6_L4, frame[IP_AT + 6], key);
    }
    return 0;
}

#endif
