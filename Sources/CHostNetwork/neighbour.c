// SPDX-License-Identifier: Apache-2.0
//
// The kernel's tables of neighbours: the results of RFC 826 for IPv4 and of RFC 4861 for IPv6, both
// with the states of RFC 4861 section 7.3.

#include "ask.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>

// The states in which the kernel itself sends to the entry's MAC address. In DELAY and PROBE it
// asks whether the neighbour is still there, and goes on sending.
static const uint16_t usable_states =
    NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP;

bool hn_parse_neighbour(struct nlmsghdr *message, struct hn_neighbour *neighbour)
{
    struct nlattr *attributes[NDA_MAX + 1];
    const struct ndmsg *info = nlmsg_data(message);
    if (nlmsg_parse(message, sizeof *info, attributes, NDA_MAX, NULL) < 0)
        return false;
    // A bridge's forwarding table comes in the same messages, in a family of its own.
    *neighbour = (struct hn_neighbour){.interface = info->ndm_ifindex};
    if (!hn_ip_parse(&neighbour->address, info->ndm_family, attributes[NDA_DST]))
        return false;
    if (message->nlmsg_type == RTM_NEWNEIGH && (info->ndm_state & usable_states) != 0)
        neighbour->mac = hn_mac(attributes[NDA_LLADDR]);
    return true;
}

struct consumer {
    hn_neighbour_handler *handler;
    void *context;
};

static void take(struct nlmsghdr *message, void *context)
{
    const struct consumer *consumer = context;
    struct hn_neighbour neighbour;
    if (message->nlmsg_type == RTM_NEWNEIGH && hn_parse_neighbour(message, &neighbour))
        consumer->handler(&neighbour, consumer->context);
}

int hn_neighbours(struct hn_requests *requests, hn_neighbour_handler *handler, void *context)
{
    struct ndmsg header = {.ndm_family = AF_UNSPEC};
    struct hn_question question = {
        .type = RTM_GETNEIGH,
        .flags = NLM_F_DUMP,
        .header = &header,
        .header_size = sizeof header,
    };
    struct consumer consumer = {handler, context};
    return hn_ask(requests, &question, take, &consumer);
}
