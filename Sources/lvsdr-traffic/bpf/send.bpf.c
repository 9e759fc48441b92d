// SPDX-License-Identifier: Apache-2.0
//
// The generator: run over live frames (BPF_F_TEST_XDP_LIVE_FRAMES, Documentation/bpf/
// bpf_prog_run.rst) it makes each the next one of the plan and sends it out of the interface that the
// run names; between the bursts of a set rate it gives the frames back.

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "../plan.h"

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct plan);
} traffic_plan SEC(".maps");

SEC("xdp")
int traffic_send(struct xdp_md *context)
{
    __u8 *frame = (__u8 *)(long)context->data;
    const __u8 *end = (const __u8 *)(long)context->data_end;
    __u32 key = 0;
    struct plan *plan = bpf_map_lookup_elem(&traffic_plan, &key);
    if (!plan || !plan_is_due(plan, plan->burst_ns ? bpf_ktime_get_ns() : 0)) {
        return XDP_DROP;
    }
    if (frame + (plan->is_ipv6 ? PLAN_IPV6_PORT_AT : PLAN_IPV4_PORT_AT) + PLAN_L4_LENGTH > end ||
        frame + PLAN_IPV4_PORT_AT + PLAN_L4_LENGTH > end) {
        return XDP_ABORTED;
    }
    if (plan->is_ipv6 && frame + PLAN_IPV6_PORT_AT + PLAN_L4_LENGTH > end) {
        return XDP_ABORTED;
    }
    plan_write(plan, frame, plan_next(plan));
    return XDP_TX;
}

char _license[] SEC("license") = "Apache-2.0";
