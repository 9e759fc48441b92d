// SPDX-License-Identifier: Apache-2.0
//
// What stands on an interface's hook, asked of the kernel over netlink. Control thread; rtnetlink(7).

#include "filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char kind[] = "bpf";

struct question {
    struct nlmsghdr header;
    struct tcmsg message;
    struct rtattr kind_head;
    char kind[sizeof kind];
};

// The first message that answers; its length, or -errno.
static ssize_t ask(const void *question, size_t size, void *answer, size_t room)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) {
        return -errno;
    }
    ssize_t length = sendto(fd, question, size, 0, (struct sockaddr *)&kernel, sizeof kernel);
    length = length < 0 ? length : recv(fd, answer, room, 0);
    int failure = errno;
    close(fd);
    if (length < 0) {
        return -failure;
    }
    return length < (ssize_t)sizeof(struct nlmsghdr) ? -EBADMSG : length;
}

static const struct rtattr *find(const void *start, size_t length, uint16_t type)
{
    const struct rtattr *attribute = start;
    for (; RTA_OK(attribute, length); attribute = RTA_NEXT(attribute, length)) {
        if ((attribute->rta_type & NLA_TYPE_MASK) == type) {
            return attribute;
        }
    }
    return NULL;
}

static void parse_options(const struct rtattr *options, struct dp_filter *filter)
{
    const void *start = RTA_DATA(options);
    size_t length = RTA_PAYLOAD(options);
    const struct rtattr *id = find(start, length, TCA_BPF_ID);
    const struct rtattr *name = find(start, length, TCA_BPF_NAME);
    if (id != NULL && RTA_PAYLOAD(id) == sizeof filter->program_id) {
        memcpy(&filter->program_id, RTA_DATA(id), sizeof filter->program_id);
    }
    if (name != NULL) {
        size_t size = RTA_PAYLOAD(name);
        memcpy(filter->name, RTA_DATA(name), size < DP_FILTER_NAME ? size : DP_FILTER_NAME - 1);
    }
}

// EINVAL and ENOENT: there is no such hook, or nothing in that place of it.
static int read_answer(const struct nlmsghdr *header, size_t length, struct dp_filter *filter)
{
    if (header->nlmsg_type == NLMSG_ERROR && length >= NLMSG_LENGTH(sizeof(struct nlmsgerr))) {
        struct nlmsgerr error;
        memcpy(&error, NLMSG_DATA(header), sizeof error);
        return error.error == -ENOENT || error.error == -EINVAL ? 0 : error.error;
    }
    if (header->nlmsg_type != RTM_NEWTFILTER || length < NLMSG_LENGTH(sizeof(struct tcmsg))) {
        return -EBADMSG;
    }
    const char *start = (const char *)NLMSG_DATA(header) + NLMSG_ALIGN(sizeof(struct tcmsg));
    size_t rest = length - NLMSG_LENGTH(sizeof(struct tcmsg));
    const struct rtattr *options = find(start, rest, TCA_OPTIONS);
    if (options != NULL) {
        parse_options(options, filter);
    }
    return 1;
}

int dp_filter_read(uint32_t interface, uint32_t parent, uint32_t priority, uint32_t handle,
                   struct dp_filter *filter)
{
    struct question question = {
        .header = {.nlmsg_len = sizeof question,
                   .nlmsg_type = RTM_GETTFILTER,
                   .nlmsg_flags = NLM_F_REQUEST},
        .message = {.tcm_ifindex = (int)interface,
                    .tcm_handle = handle,
                    .tcm_parent = parent,
                    .tcm_info = TC_H_MAKE(priority << 16, htons(ETH_P_ALL))},
        .kind_head = {.rta_len = RTA_LENGTH(sizeof kind), .rta_type = TCA_KIND},
    };
    memcpy(question.kind, kind, sizeof kind);
    _Alignas(struct nlmsghdr) char answer[16384];
    *filter = (struct dp_filter){0};
    ssize_t length = ask(&question, sizeof question, answer, sizeof answer);
    return length < 0 ? (int)length
                      : read_answer((const struct nlmsghdr *)answer, (size_t)length, filter);
}

int dp_filter_is_any(uint32_t interface, uint32_t parent)
{
    struct {
        struct nlmsghdr header;
        struct tcmsg message;
    } question = {.header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct tcmsg)),
                             .nlmsg_type = RTM_GETTFILTER,
                             .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
                  .message = {.tcm_ifindex = (int)interface, .tcm_parent = parent}};
    _Alignas(struct nlmsghdr) char answer[16384];
    ssize_t length = ask(&question, sizeof question, answer, sizeof answer);
    // Whether there is one at all is told by the first message.
    return length < 0 ? (int)length
                      : ((const struct nlmsghdr *)answer)->nlmsg_type == RTM_NEWTFILTER;
}
