// SPDX-License-Identifier: Apache-2.0
//
// The guard on an interface's tc ingress: put there, taken over from an earlier process, taken off.
// It stays over a crash, for it belongs to the interface and not to the process. Its handle tells
// whether the hook (the clsact qdisc) was made for it, so that whoever takes the guard off, in
// whatever process, leaves the interface as it was found. Control thread; tc-bpf(8), rtnetlink(7).

#include "tap.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    GUARD_PRIORITY = 0x4C56,
    HOOK_WAS_MADE = 1, // handles
    HOOK_WAS_FOUND = 2,
};

static const char guard_name[] = "lvsdr_guard";

static struct bpf_tc_hook hook_of(uint32_t interface, enum bpf_tc_attach_point point)
{
    return (struct bpf_tc_hook){
        .sz = sizeof(struct bpf_tc_hook), .ifindex = (int)interface, .attach_point = point};
}

static struct bpf_tc_opts place_of(uint32_t handle)
{
    return (struct bpf_tc_opts){
        .sz = sizeof(struct bpf_tc_opts), .handle = handle, .priority = GUARD_PRIORITY};
}

static bool is_guard(uint32_t program_id)
{
    struct bpf_prog_info info = {0};
    uint32_t size = sizeof info;
    int fd = bpf_prog_get_fd_by_id(program_id);
    if (fd < 0) {
        return false;
    }
    bool read = bpf_obj_get_info_by_fd(fd, &info, &size) == 0;
    close(fd);
    return read && strncmp(info.name, guard_name, sizeof guard_name) == 0;
}

// The handle of the guard on the interface; 0 when there is none, -errno when something else stands
// in its place or the kernel does not answer.
static int find_guard(uint32_t interface)
{
    for (uint32_t handle = HOOK_WAS_MADE; handle <= HOOK_WAS_FOUND; handle++) {
        struct bpf_tc_hook hook = hook_of(interface, BPF_TC_INGRESS);
        struct bpf_tc_opts place = place_of(handle);
        int failure = bpf_tc_query(&hook, &place);
        if (failure == 0) {
            return is_guard(place.prog_id) ? (int)handle : -EEXIST;
        }
        if (failure != -ENOENT && failure != -EINVAL) { // EINVAL: there is no hook
            return failure;
        }
    }
    return 0;
}

static int attach(struct dp_tap *tap, uint32_t interface, uint32_t handle, uint32_t flags)
{
    struct bpf_tc_hook hook = hook_of(interface, BPF_TC_INGRESS);
    struct bpf_tc_opts place = place_of(handle);
    place.prog_fd = tap->guard_fd;
    place.flags = flags;
    return bpf_tc_attach(&hook, &place);
}

int dp_guard_attach(struct dp_tap *tap, uint32_t interface, struct dp_error *error)
{
    *error = (struct dp_error){"attach the guard to the interface's ingress", 0};
    int found = find_guard(interface);
    int failure = found < 0 ? found : 0;
    if (found > 0) {
        failure = attach(tap, interface, (uint32_t)found, BPF_TC_F_REPLACE);
    } else if (found == 0) {
        struct bpf_tc_hook hook = hook_of(interface, BPF_TC_INGRESS);
        failure = bpf_tc_hook_create(&hook);
        uint32_t handle = failure == -EEXIST ? HOOK_WAS_FOUND : HOOK_WAS_MADE;
        if (failure == 0 || failure == -EEXIST) {
            failure = attach(tap, interface, handle, 0);
        }
    }
    error->code = -failure;
    return failure != 0 ? failure : found > 0;
}

// 1 when a filter is on this side of the hook, 0 when none is, else -errno.
static int has_filters(uint32_t interface, uint32_t side)
{
    struct {
        struct nlmsghdr header;
        struct tcmsg message;
    } request = {
        .header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct tcmsg)),
                   .nlmsg_type = RTM_GETTFILTER,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .message = {.tcm_ifindex = (int)interface, .tcm_parent = TC_H_MAKE(TC_H_CLSACT, side)}};
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    char answer[16384];
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) {
        return -errno;
    }
    ssize_t length =
        sendto(fd, &request, sizeof request, 0, (struct sockaddr *)&kernel, sizeof kernel);
    length = length < 0 ? length : recv(fd, answer, sizeof answer, 0);
    int failure = errno;
    close(fd);
    if (length < (ssize_t)sizeof(struct nlmsghdr)) {
        return length < 0 ? -failure : -EBADMSG;
    }
    // Whether there is one at all is told by the first message.
    struct nlmsghdr first;
    memcpy(&first, answer, sizeof first);
    return first.nlmsg_type == RTM_NEWTFILTER;
}

static int remove_hook(uint32_t interface)
{
    if (has_filters(interface, TC_H_MIN_INGRESS) != 0 ||
        has_filters(interface, TC_H_MIN_EGRESS) != 0) {
        return 0; // somebody else has come to use it
    }
    struct bpf_tc_hook hook = hook_of(interface, BPF_TC_INGRESS | BPF_TC_EGRESS);
    return bpf_tc_hook_destroy(&hook);
}

int dp_guard_detach(uint32_t interface, struct dp_error *error)
{
    *error = (struct dp_error){"take the guard off the interface", 0};
    int found = find_guard(interface);
    int failure = found < 0 ? found : 0;
    if (found > 0) {
        struct bpf_tc_hook hook = hook_of(interface, BPF_TC_INGRESS);
        struct bpf_tc_opts place = place_of((uint32_t)found);
        failure = bpf_tc_detach(&hook, &place);
        if (failure == 0 && found == HOOK_WAS_MADE) {
            failure = remove_hook(interface);
        }
    }
    error->code = -failure;
    return failure;
}
