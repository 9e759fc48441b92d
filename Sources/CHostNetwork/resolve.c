// SPDX-License-Identifier: Apache-2.0
//
// Neighbours that the kernel keeps resolved for us: managed entries of its tables. libnl-route does
// not know them yet (NDA_FLAGS_EXT), so the messages are made here.

#include "ask.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>

static struct ndmsg entry(int32_t interface, const struct hn_ip *address)
{
    return (struct ndmsg){.ndm_family = hn_ip_family(address), .ndm_ifindex = interface};
}

static void take(struct nlmsghdr *message, void *context)
{
    struct ndmsg *found = context;
    if (message->nlmsg_type == RTM_NEWNEIGH && nlmsg_valid_hdr(message, sizeof *found))
        *found = *(const struct ndmsg *)nlmsg_data(message);
}

// 1 when the table has an entry that the kernel resolves itself, 0 when it has one that is
// somebody's own, -ENOENT or -ENODEV when it has none.
static int is_resolved_by_kernel(struct hn_requests *requests, int32_t interface,
                                 const struct hn_ip *address)
{
    struct ndmsg header = entry(interface, address);
    struct hn_question question = {
        .type = RTM_GETNEIGH,
        .header = &header,
        .header_size = sizeof header,
        .attributes = {hn_ip_attribute(NDA_DST, address)},
    };
    struct ndmsg found = {0};
    int error = hn_ask(requests, &question, take, &found);
    if (error < 0)
        return error;
    bool is_foreign = (found.ndm_state & (NUD_PERMANENT | NUD_NOARP)) != 0 ||
                      (found.ndm_flags & NTF_EXT_LEARNED) != 0;
    return !is_foreign;
}

int hn_keep_resolved(struct hn_requests *requests, int32_t interface, struct hn_ip address)
{
    int found = is_resolved_by_kernel(requests, interface, &address);
    if (found == 0)
        return 0;
    if (found < 0 && found != -ENOENT)
        return found;
    // A kernel before 5.16 passes over NDA_FLAGS_EXT: there NTF_USE starts the resolution, and
    // keeps the message from emptying an entry that is resolved.
    struct ndmsg header = entry(interface, &address);
    header.ndm_flags = NTF_USE;
    uint32_t managed = NTF_EXT_MANAGED;
    struct hn_question question = {
        .type = RTM_NEWNEIGH,
        .flags = NLM_F_CREATE,
        .header = &header,
        .header_size = sizeof header,
        .attributes = {hn_ip_attribute(NDA_DST, &address),
                       {NDA_FLAGS_EXT, &managed, sizeof managed}},
    };
    return hn_ask(requests, &question, NULL, NULL);
}

int hn_release(struct hn_requests *requests, int32_t interface, struct hn_ip address)
{
    int found = is_resolved_by_kernel(requests, interface, &address);
    if (found > 0) {
        struct ndmsg header = entry(interface, &address);
        struct hn_question question = {
            .type = RTM_DELNEIGH,
            .header = &header,
            .header_size = sizeof header,
            .attributes = {hn_ip_attribute(NDA_DST, &address)},
        };
        found = hn_ask(requests, &question, NULL, NULL);
    }
    return found == -ENOENT || found == -ENODEV ? 0 : found;
}
