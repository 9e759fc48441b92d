// SPDX-License-Identifier: Apache-2.0
//
// The sink: counts the IP frames that reach a real server's interface and drops them there, before the
// stack spends anything on them. All else passes, so that the host goes on answering ARP. One queue,
// so that one CPU at a time runs it.

#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../delivered.h"
#include "../plan.h"

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct delivered);
} traffic_delivered SEC(".maps");

SEC("xdp")
int traffic_count(struct xdp_md *context)
{
    const struct ethhdr *ethernet = (const struct ethhdr *)(long)context->data;
    const void *end = (const void *)(long)context->data_end;
    __u32 key = 0;
    struct delivered *delivered = bpf_map_lookup_elem(&traffic_delivered, &key);
    if (!delivered || (const void *)(ethernet + 1) > end) {
        return XDP_ABORTED;
    }
    const __u8 *version = (const __u8 *)(ethernet + 1);
    if ((const void *)(version + 40) > end || (ethernet->h_dest[0] & 1) != 0 ||
        (ethernet->h_proto != bpf_htons(ETH_P_IP) && ethernet->h_proto != bpf_htons(ETH_P_IPV6))) {
        return XDP_PASS;
    }
    // UDP and TCP: ICMPv6 is the host's.
    int is_ipv4 = ethernet->h_proto == bpf_htons(ETH_P_IP);
    __u8 protocol = is_ipv4 ? version[9] : version[6];
    if (protocol != 6 && protocol != 17) {
        return XDP_PASS;
    }
    const __u8 *tcp = version + (is_ipv4 ? 20 : 40);
    if (protocol == 6 && (const void *)(tcp + PLAN_L4_LENGTH) <= end) {
        delivered->acks += (tcp[PLAN_TCP_FLAGS] & PLAN_ACK) != 0;
    }
    delivered->frames++;
    delivered->bytes += context->data_end - context->data;
    return XDP_DROP;
}

char _license[] SEC("license") = "Apache-2.0";
