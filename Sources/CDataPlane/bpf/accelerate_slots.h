// SPDX-License-Identifier: Apache-2.0
//
// The real server that a service's slots say: as ports/accelerate_slots.c picks; a change there is a
// change here. Included behind the program's maps.

#ifndef DP_BPF_ACCELERATE_SLOTS_H
#define DP_BPF_ACCELERATE_SLOTS_H

static __always_inline const struct dp_fast_service *find_service(const __u64 key[5])
{
    __u32 name = dp_fast_name(key);
    __u32 place = DP_FAST_SERVICE_PLACE(key[2], key[3], name);
    for (__u32 i = 0; i < DP_FAST_SERVICE_PROBES; i++) {
        __u32 index = (place + i) & (DP_FAST_SERVICES - 1);
        const struct dp_fast_service *service = bpf_map_lookup_elem(&lvsdr_services, &index);
        if (!service || service->name == 0) {
            return 0;
        }
        if (dp_fast_service_is(service, key, name)) {
            return service;
        }
    }
    return 0;
}

// The real server that the service's slots say for the flow; DP_FAST_NOBODY: none, or userspace
// knows.
__noinline __u32 pick(const struct packet *packet)
{
    if (!packet) {
        return DP_FAST_NOBODY;
    }
    const __u64 *key = packet->key;
    const struct dp_fast_service *service = find_service(key);
    if (!service) {
        return DP_FAST_NOBODY;
    }
    __u32 slot = service->first_slot + dp_fast_slot(service, key);
    __u32 index = slot / 4;
    const struct dp_fast_slots *slots = bpf_map_lookup_elem(&lvsdr_slots, &index);
    if (!slots) {
        return DP_FAST_NOBODY;
    }
    __u32 position = (__u16)(READ_ONCE(slots->positions) >> (slot % 4 * 16));
    if (position >= service->listed_count) {
        return DP_FAST_NOBODY;
    }
    position += service->first_listed;
    index = position / 2;
    const struct dp_fast_listed *listed = bpf_map_lookup_elem(&lvsdr_listed, &index);
    return listed ? (__u32)(READ_ONCE(listed->reals) >> (position % 2 * 32)) : DP_FAST_NOBODY;
}

#endif
