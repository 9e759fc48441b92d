// SPDX-License-Identifier: Apache-2.0
//
// Our tc programs on an interface: put there, taken over from an earlier process, taken off. They stay
// over a crash, for they belong to the interface and not to the process. A program's handle tells
// whether the hook (the clsact qdisc) was made for one of ours; all of ours on an interface agree in
// it, so that whoever goes last, in whatever process, leaves the interface as it was found. Control
// thread; tc-bpf(8), rtnetlink(7).

#include "hook.h"

#include "filter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/pkt_sched.h>
#include <stdbool.h>
#include <string.h>

enum {
    HOOK_WAS_MADE = 1, // handles
    HOOK_WAS_FOUND = 2,
};

// The guard is before the checks: what it drops is no reply to them.
static const struct {
    char program[BPF_OBJ_NAME_LEN];
    enum bpf_tc_attach_point point;
    uint32_t priority;
} seats[DP_SEAT_COUNT] = {
    [DP_SEAT_GUARD] = {"lvsdr_guard", BPF_TC_INGRESS, 0x4C56},
    [DP_SEAT_CHECK_OUT] = {"lvsdr_check_out", BPF_TC_EGRESS, 0x4C57},
    [DP_SEAT_CHECK_IN] = {"lvsdr_check_in", BPF_TC_INGRESS, 0x4C57},
};

static struct bpf_tc_hook hook_of(uint32_t interface, enum bpf_tc_attach_point point)
{
    return (struct bpf_tc_hook){
        .sz = sizeof(struct bpf_tc_hook), .ifindex = (int)interface, .attach_point = point};
}

static struct bpf_tc_opts place_of(enum dp_seat seat, uint32_t handle)
{
    return (struct bpf_tc_opts){
        .sz = sizeof(struct bpf_tc_opts), .handle = handle, .priority = seats[seat].priority};
}

static bool read_info(int program_fd, struct bpf_prog_info *info)
{
    uint32_t size = sizeof *info;
    return bpf_obj_get_info_by_fd(program_fd, info, &size) == 0;
}

static uint32_t parent_of(enum dp_seat seat)
{
    bool in = seats[seat].point == BPF_TC_INGRESS;
    return TC_H_MAKE(TC_H_CLSACT, in ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
}

// Attached by whatever process under our program's name.
static bool is_ours(enum dp_seat seat, const struct dp_filter *filter)
{
    size_t length = strlen(seats[seat].program);
    return strncmp(filter->name, seats[seat].program, length) == 0 && filter->name[length] == ':';
}

// The handle of our program on the seat, and which it is; 0 when there is none, -errno when something
// else stands in its place or the kernel does not answer.
static int find(uint32_t interface, enum dp_seat seat, uint32_t *program_id)
{
    for (uint32_t handle = HOOK_WAS_MADE; handle <= HOOK_WAS_FOUND; handle++) {
        struct dp_filter filter;
        int found =
            dp_filter_read(interface, parent_of(seat), seats[seat].priority, handle, &filter);
        if (found < 0) {
            return found;
        }
        if (found == 1) {
            *program_id = filter.program_id;
            return is_ours(seat, &filter) ? (int)handle : -EEXIST;
        }
    }
    return 0;
}

static int put(uint32_t interface, enum dp_seat seat, int program_fd, uint32_t handle,
               uint32_t flags)
{
    struct bpf_tc_hook hook = hook_of(interface, seats[seat].point);
    struct bpf_tc_opts place = place_of(seat, handle);
    place.prog_fd = program_fd;
    place.flags = flags;
    return bpf_tc_attach(&hook, &place);
}

static bool is_occupant(int program_fd, uint32_t program_id)
{
    struct bpf_prog_info info = {0};
    return read_info(program_fd, &info) && info.id == program_id;
}

// Whether the hook that is there was made for one of our programs.
static bool hook_is_ours(uint32_t interface)
{
    for (enum dp_seat seat = 0; seat < DP_SEAT_COUNT; seat++) {
        uint32_t program_id;
        if (find(interface, seat, &program_id) == HOOK_WAS_MADE) {
            return true;
        }
    }
    return false;
}

static int remove_hook(uint32_t interface)
{
    if (dp_filter_is_any(interface, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)) != 0 ||
        dp_filter_is_any(interface, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)) != 0) {
        return 0; // another one of ours is there, or somebody else has come to use it
    }
    struct bpf_tc_hook hook = hook_of(interface, BPF_TC_INGRESS | BPF_TC_EGRESS);
    return bpf_tc_hook_destroy(&hook);
}

static int attach_first(uint32_t interface, enum dp_seat seat, int program_fd)
{
    struct bpf_tc_hook hook = hook_of(interface, seats[seat].point);
    int made = bpf_tc_hook_create(&hook);
    if (made != 0 && made != -EEXIST) {
        return made;
    }
    bool ours = made == 0 || hook_is_ours(interface);
    int failure = put(interface, seat, program_fd, ours ? HOOK_WAS_MADE : HOOK_WAS_FOUND, 0);
    if (failure != 0 && made == 0) {
        remove_hook(interface);
    }
    return failure;
}

int dp_hook_attach(uint32_t interface, enum dp_seat seat, int program_fd)
{
    uint32_t program_id = 0;
    int found = find(interface, seat, &program_id);
    if (found < 0) {
        return found;
    }
    if (found == 0) {
        return attach_first(interface, seat, program_fd);
    }
    if (is_occupant(program_fd, program_id)) {
        return 0;
    }
    int failure = put(interface, seat, program_fd, (uint32_t)found, BPF_TC_F_REPLACE);
    return failure != 0 ? failure : 1;
}

int dp_hook_detach(uint32_t interface, enum dp_seat seat)
{
    uint32_t program_id;
    int found = find(interface, seat, &program_id);
    if (found <= 0) {
        return found == -EEXIST ? 0 : found; // somebody else's stays
    }
    struct bpf_tc_hook hook = hook_of(interface, seats[seat].point);
    struct bpf_tc_opts place = place_of(seat, (uint32_t)found);
    int failure = bpf_tc_detach(&hook, &place);
    return failure == 0 && found == HOOK_WAS_MADE ? remove_hook(interface) : failure;
}
