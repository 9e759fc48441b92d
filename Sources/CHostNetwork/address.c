// SPDX-License-Identifier: Apache-2.0
//
// The IPv4 addresses that the host's interfaces hold.

#include "ask.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>

static const struct nla_policy address_policy[IFA_MAX + 1] = {
    [IFA_LOCAL] = {.type = NLA_U32},
};

static bool parse(struct nlmsghdr *message, struct hn_address *address)
{
    struct nlattr *attributes[IFA_MAX + 1];
    if (nlmsg_parse(message, sizeof(struct ifaddrmsg), attributes, IFA_MAX, address_policy) < 0)
        return false;
    const struct ifaddrmsg *info = nlmsg_data(message);
    if (info->ifa_family != AF_INET || attributes[IFA_LOCAL] == NULL)
        return false;
    *address = (struct hn_address){
        .interface = (int32_t)info->ifa_index,
        .address = ntohl(nla_get_u32(attributes[IFA_LOCAL])),
    };
    return true;
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
    struct ifaddrmsg header = {.ifa_family = AF_INET};
    struct hn_question question = {
        .type = RTM_GETADDR,
        .flags = NLM_F_DUMP,
        .header = &header,
        .header_size = sizeof header,
    };
    struct consumer consumer = {handler, context};
    return hn_ask(requests, &question, take, &consumer);
}
