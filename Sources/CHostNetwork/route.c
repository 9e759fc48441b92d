// SPDX-License-Identifier: Apache-2.0
//
// The host's route to one address: the forwarding table's answer, rules and all tables included.

#include "ask.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>

static const struct nla_policy route_policy[RTA_MAX + 1] = {
    [RTA_OIF] = {.type = NLA_U32},
    [RTA_VIA] = {.minlen = sizeof(struct rtvia)},
};

// The router's address is of the route's own family, or of the other one (RFC 5549).
static void parse_gateway(struct nlattr **attributes, int family, struct hn_ip *gateway)
{
    const struct nlattr *other = attributes[RTA_VIA];
    if (other == NULL) {
        hn_ip_parse(gateway, family, attributes[RTA_GATEWAY]);
        return;
    }
    const struct rtvia *via = nla_data(other);
    size_t size = (size_t)nla_len(other) - offsetof(struct rtvia, rtvia_addr);
    hn_ip_set(gateway, via->rtvia_family, via->rtvia_addr, size);
}

static void take(struct nlmsghdr *message, void *context)
{
    struct hn_route *route = context;
    struct nlattr *attributes[RTA_MAX + 1];
    const struct rtmsg *info = nlmsg_data(message);
    if (message->nlmsg_type != RTM_NEWROUTE ||
        nlmsg_parse(message, sizeof *info, attributes, RTA_MAX, route_policy) < 0)
        return;
    // Anycast: as a router, the host takes what is for its network's first address too (RFC 4291
    // section 2.6.1).
    if (info->rtm_type == RTN_LOCAL || info->rtm_type == RTN_ANYCAST)
        route->kind = HN_ROUTE_LOCAL;
    if (info->rtm_type != RTN_UNICAST || attributes[RTA_OIF] == NULL)
        return; // broadcast and multicast addresses are no host's
    route->interface = (int32_t)nla_get_u32(attributes[RTA_OIF]);
    route->kind = HN_ROUTE_ON_LINK;
    if (attributes[RTA_GATEWAY] != NULL || attributes[RTA_VIA] != NULL)
        route->kind = HN_ROUTE_GATEWAY;
    parse_gateway(attributes, info->rtm_family, &route->gateway);
}

// What the kernel answers for no route, and for routes of the types unreachable, prohibit,
// blackhole.
static bool means_unreachable(int error)
{
    return error == -ENETUNREACH || error == -EHOSTUNREACH || error == -EACCES || error == -EINVAL;
}

int hn_route_to(struct hn_requests *requests, struct hn_ip address, struct hn_route *route)
{
    struct hn_attribute destination = hn_ip_attribute(RTA_DST, &address);
    struct rtmsg header = {
        .rtm_family = hn_ip_family(&address),
        .rtm_dst_len = (unsigned char)(8 * destination.size),
    };
    struct hn_question question = {
        .type = RTM_GETROUTE,
        .header = &header,
        .header_size = sizeof header,
        .attributes = {destination},
    };
    *route = (struct hn_route){.kind = HN_ROUTE_UNREACHABLE};
    int error = hn_ask(requests, &question, take, route);
    return means_unreachable(error) ? 0 : error;
}
