// SPDX-License-Identifier: Apache-2.0
//
// The generator: run over live frames (BPF_F_TEST_XDP_LIVE_FRAMES, Documentation/bpf/
// bpf_prog_run.rst) it makes each the next one of the plan and sends it out of the interface that the
// run names. It waits in place for the next burst's time, or for room at the director's door: a frame
// that is given back, or that finds no room, costs the director's CPU time as well, which gives back
// its frames to the same page allocator under the same lock.

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "../door.h"
#include "../plan.h"

enum {
    LOOKS = 2000, // at the clock and the door, some 50 us
    STALL = 400,  // times that nothing was taken, some 20 ms
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct plan);
} traffic_plan SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct door);
} traffic_door SEC(".maps");

static __u64 taken_last;
static __u32 stalled;

// Frames that were lost on the way to the door would be waited for as long as the run lasts.
static __always_inline void forgive(struct plan *plan, __u64 taken)
{
    stalled = taken == taken_last ? stalled + 1 : 0;
    taken_last = taken;
    if (stalled >= STALL) {
        plan->lost = plan->sent - taken;
    }
}

static __always_inline int wait(struct plan *plan)
{
    __u32 key = 0;
    __u64 taken = 0;
    const struct door *door = bpf_map_lookup_elem(&traffic_door, &key);
    if (!door) {
        return 0;
    }
#pragma clang loop unroll(disable)
    for (__u32 i = 0; i < LOOKS; i++) {
        taken = *(const volatile __u64 *)&door->taken;
        if (plan_begin_burst(plan, bpf_ktime_get_ns(), taken)) {
            return 1;
        }
    }
    forgive(plan, taken);
    return 0;
}

SEC("xdp")
int traffic_send(struct xdp_md *context)
{
    __u8 *frame = (__u8 *)(long)context->data;
    const __u8 *end = (const __u8 *)(long)context->data_end;
    __u32 key = 0;
    struct plan *plan = bpf_map_lookup_elem(&traffic_plan, &key);
    if (!plan || (plan->left == 0 && !wait(plan))) {
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

// After each turn of any interface's receiving side. The director's is the one that its thread, woken by
// the first frames, turns to first; what those lead to is received within the same thread.
SEC("raw_tp/napi_poll")
int traffic_take(const struct bpf_raw_tracepoint_args *context)
{
    __u64 side = context->args[0];
    __u32 key = 0;
    struct door *door = bpf_map_lookup_elem(&traffic_door, &key);
    if (!door) {
        return 0;
    }
    if (door->side == 0 && (__u32)bpf_get_current_pid_tgid() == door->receiver) {
        door->side = side;
    }
    if (door->side == side) {
        *(volatile __u64 *)&door->taken = door->taken + (__u32)context->args[1];
    }
    return 0;
}

char _license[] SEC("license") = "Apache-2.0";
