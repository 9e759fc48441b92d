// SPDX-License-Identifier: Apache-2.0
//
// The addresses that the host's interfaces hold.

#include "ask.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>

static bool parse(struct nlmsghdr *message, struct hn_address *address)
{
    struct nlattr *attributes[IFA_MAX + 1];
    if (nlmsg_parse(message, sizeof(struct ifaddrmsg), attributes, IFA_MAX, NULL) < 0)
        return false;
    const struct ifaddrmsg *info = nlmsg_data(message);
    // Where the interface leads to one other host, IFA_ADDRESS is that one's; IPv6 says IFA_LOCAL
    // only there, IPv4 always.
    const struct nlattr *own = attributes[IFA_LOCAL];
    if (own == NULL && info->ifa_family == AF_INET6)
        own = attributes[IFA_ADDRESS];
    *address = (struct hn_address){.interface = (int32_t)info->ifa_index};
    return hn_ip_parse(&address->address, info->ifa_family, own);
}

struct consumer {
    hn_address_handler *handler;
    void *context;
};

static void take(struct nlmsghdr *message, void *context)
{
    const struct consumer *consumer = context;
    struct hn_address address;
    if (message->nlmsg_type == RTM_NEWADDR && parse(message, &address))
        consumer->handler(&address, consumer->context);
}

int hn_addresses(struct hn_requests *requests, hn_address_handler *handler, void *context)
{
    struct ifaddrmsg header = {.ifa_family = AF_UNSPEC};
    struct hn_question question = {
        .type = RTM_GETADDR,
        .flags = NLM_F_DUMP,
        .header = &header,
        .header_size = sizeof header,
    };
    struct consumer consumer = {handler, context};
    return hn_ask(requests, &question, take, &consumer);
}

// The kernel keeps an address that is never preferred for itself: it is nobody's choice as a source.
static const struct ifa_cacheinfo never_preferred = {
    .ifa_prefered = 0,
    .ifa_valid = UINT32_MAX,
};

static int change(struct hn_requests *requests, int type, const struct hn_address *address,
                  uint8_t scope)
{
    const bool is_ipv6 = hn_ip_family(&address->address) == AF_INET6;
    struct ifaddrmsg header = {
        .ifa_family = hn_ip_family(&address->address),
        .ifa_prefixlen = is_ipv6 ? 128 : 32,
        .ifa_flags = is_ipv6 ? IFA_F_NODAD : 0,
        .ifa_scope = is_ipv6 ? RT_SCOPE_UNIVERSE : scope,
        .ifa_index = (uint32_t)address->interface,
    };
    struct hn_question question = {
        .type = type,
        .flags = type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0,
        .header = &header,
        .header_size = sizeof header,
        .attributes = {hn_ip_attribute(IFA_LOCAL, &address->address)},
    };
    if (is_ipv6)
        question.attributes[1] =
            (struct hn_attribute){IFA_CACHEINFO, &never_preferred, sizeof never_preferred};
    return hn_ask(requests, &question, NULL, NULL);
}

int hn_address_add(struct hn_requests *requests, const struct hn_address *address,
                   bool is_of_host_alone)
{
    uint8_t scope = is_of_host_alone ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
    int result = change(requests, RTM_NEWADDR, address, scope);
    return result == -EEXIST ? 0 : result;
}

int hn_address_remove(struct hn_requests *requests, const struct hn_address *address)
{
    int result = change(requests, RTM_DELADDR, address, RT_SCOPE_UNIVERSE);
    return result == -EADDRNOTAVAIL || result == -ENODEV ? 0 : result;
}
