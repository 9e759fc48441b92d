// SPDX-License-Identifier: Apache-2.0
//
// The host's route to one address: the forwarding table's answer, rules and all tables included.

#include "ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>

static const struct nla_policy route_policy[RTA_MAX + 1] = {
    [RTA_OIF] = {.type = NLA_U32},
    [RTA_GATEWAY] = {.type = NLA_U32},
};

static void take(struct nlmsghdr *message, void *context)
{
    struct hn_route *route = context;
    struct nlattr *attributes[RTA_MAX + 1];
    const struct rtmsg *info = nlmsg_data(message);
    if (message->nlmsg_type != RTM_NEWROUTE ||
        nlmsg_parse(message, sizeof *info, attributes, RTA_MAX, route_policy) < 0)
        return;
    if (info->rtm_type == RTN_LOCAL)
        route->kind = HN_ROUTE_LOCAL;
    if (info->rtm_type != RTN_UNICAST || attributes[RTA_OIF] == NULL)
        return; // broadcast and multicast addresses are no host's
    route->interface = (int32_t)nla_get_u32(attributes[RTA_OIF]);
    route->kind = HN_ROUTE_ON_LINK;
    if (attributes[RTA_GATEWAY] != NULL || attributes[RTA_VIA] != NULL)
        route->kind = HN_ROUTE_GATEWAY;
    if (attributes[RTA_GATEWAY] != NULL)
        route->gateway = ntohl(nla_get_u32(attributes[RTA_GATEWAY]));
}

// What the kernel answers for no route, and for routes of the types unreachable, prohibit,
// blackhole.
static bool means_unreachable(int error)
{
    return error == -ENETUNREACH || error == -EHOSTUNREACH || error == -EACCES || error == -EINVAL;
}

int hn_route_to(struct hn_requests *requests, uint32_t address, struct hn_route *route)
{
    struct rtmsg header = {.rtm_family = AF_INET, .rtm_dst_len = 32};
    uint32_t address_be = htonl(address);
    struct hn_question question = {
        .type = RTM_GETROUTE,
        .header = &header,
        .header_size = sizeof header,
        .attributes = {{RTA_DST, &address_be, sizeof address_be}},
    };
    *route = (struct hn_route){.kind = HN_ROUTE_UNREACHABLE};
    int error = hn_ask(requests, &question, take, route);
    return means_unreachable(error) ? 0 : error;
}
