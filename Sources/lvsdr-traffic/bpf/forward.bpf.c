// SPDX-License-Identifier: Apache-2.0
//
// The kernel's part of the minimal forwarders. All take what comes for the VIP and leave the rest:
//   traffic_redirect  XDP without state: both MACs rewritten, out of the other interface
//   traffic_flows     the same behind a flow table, one line a flow, in memory that maps
//   traffic_hand_over XDP for AF_XDP: into the socket
//   traffic_guard     tc ingress for AF_PACKET, behind the tap: the host's stack gets nothing of it

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../flow_lines.h"
#include "../service.h"

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct service);
} traffic_service SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, FLOW_LINES);
    __type(key, __u32);
    __type(value, struct flow_line);
} traffic_lines SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_XSKMAP);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u32);
} traffic_sockets SEC(".maps");

static __always_inline int is_ours(const struct xdp_md *context, const struct service *service,
                                   struct flow_key *key)
{
    const __u8 *frame = (const __u8 *)(long)context->data;
    return service_takes(service, frame, (const __u8 *)(long)context->data_end, key);
}

static __always_inline int forward(const struct xdp_md *context, const struct service *service)
{
    __u8 *frame = (__u8 *)(long)context->data;
    if (frame + sizeof service->macs > (const __u8 *)(long)context->data_end) {
        return XDP_ABORTED;
    }
    __builtin_memcpy(__builtin_assume_aligned(frame, 2), __builtin_assume_aligned(service->macs, 2),
                     sizeof service->macs);
    return (int)bpf_redirect(service->egress, 0);
}

SEC("xdp")
int traffic_redirect(struct xdp_md *context)
{
    __u32 zero = 0;
    struct flow_key key;
    const struct service *service = bpf_map_lookup_elem(&traffic_service, &zero);
    if (!service || !is_ours(context, service, &key)) {
        return XDP_PASS;
    }
    return forward(context, service);
}

static __always_inline struct flow_line *line_of(const struct flow_key *key)
{
    __u32 first = flow_hash(key) & (FLOW_LINES - 1);
    __u32 free = first;
    for (__u32 probe = 0; probe < FLOW_PROBES; probe++) {
        __u32 at = (first + probe) & (FLOW_LINES - 1);
        struct flow_line *line = bpf_map_lookup_elem(&traffic_lines, &at);
        if (!line || flow_is(line, key)) {
            return line;
        }
        if (line->key.protocol == 0) {
            free = at;
            break;
        }
    }
    struct flow_line *line = bpf_map_lookup_elem(&traffic_lines, &free);
    if (line) {
        line->key = *key;
        line->frames = 0;
    }
    return line;
}

SEC("xdp")
int traffic_flows(struct xdp_md *context)
{
    __u32 zero = 0;
    struct flow_key key;
    const struct service *service = bpf_map_lookup_elem(&traffic_service, &zero);
    if (!service || !is_ours(context, service, &key)) {
        return XDP_PASS;
    }
    struct flow_line *line = line_of(&key);
    if (!line) {
        return XDP_ABORTED;
    }
    line->frames++;
    return forward(context, service);
}

SEC("xdp")
int traffic_hand_over(struct xdp_md *context)
{
    __u32 zero = 0;
    struct flow_key key;
    const struct service *service = bpf_map_lookup_elem(&traffic_service, &zero);
    if (!service || !is_ours(context, service, &key)) {
        return XDP_PASS;
    }
    return (int)bpf_redirect_map(&traffic_sockets, 0, XDP_PASS);
}

SEC("tc")
int traffic_guard(struct __sk_buff *skb)
{
    __u32 zero = 0;
    struct flow_key key;
    const struct service *service = bpf_map_lookup_elem(&traffic_service, &zero);
    const __u8 *frame = (const __u8 *)(long)skb->data;
    return service && service_takes(service, frame, (const __u8 *)(long)skb->data_end, &key)
               ? TC_ACT_SHOT
               : TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "Apache-2.0";
