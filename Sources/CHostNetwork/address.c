// SPDX-License-Identifier: Apache-2.0
//
// The addresses that the host's interfaces hold.

#include "ask.h"

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
