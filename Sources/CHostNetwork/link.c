// SPDX-License-Identifier: Apache-2.0
//
// Links: what the kernel says of an interface.

#include "ask.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

_Static_assert(HN_NAME_SIZE == IFNAMSIZ, "a name with its NUL, as the kernel counts it");

// A veth and lo have the operational state UNKNOWN, which counts as operational (IFF_RUNNING). The
// kernel sets IFF_RUNNING a little later than the carrier changes, IFF_LOWER_UP at once, and sends
// an event for both.
static const uint32_t running_flags = IFF_UP | IFF_RUNNING | IFF_LOWER_UP;

static const struct nla_policy link_policy[IFLA_MAX + 1] = {
    [IFLA_IFNAME] = {.type = NLA_STRING, .minlen = 1, .maxlen = IFNAMSIZ},
    [IFLA_MTU] = {.type = NLA_U32},
};

bool hn_parse_link(struct nlmsghdr *message, struct hn_link *link)
{
    struct nlattr *attributes[IFLA_MAX + 1];
    if (nlmsg_parse(message, sizeof(struct ifinfomsg), attributes, IFLA_MAX, link_policy) < 0)
        return false;
    // A bridge tells of its ports in link messages of its own family, also when one leaves it.
    const struct ifinfomsg *info = nlmsg_data(message);
    if (info->ifi_family != AF_UNSPEC || attributes[IFLA_IFNAME] == NULL)
        return false;
    *link = (struct hn_link){
        .index = info->ifi_index,
        .is_running = (info->ifi_flags & running_flags) == running_flags,
    };
    nla_strlcpy(link->name, attributes[IFLA_IFNAME], sizeof link->name);
    if (info->ifi_type == ARPHRD_ETHER)
        link->mac = hn_mac(attributes[IFLA_ADDRESS]);
    if (attributes[IFLA_MTU] != NULL)
        link->mtu = nla_get_u32(attributes[IFLA_MTU]);
    return true;
}

uint64_t hn_mac(const struct nlattr *attribute)
{
    if (attribute == NULL || nla_len(attribute) != HN_MAC_LENGTH)
        return 0;
    const uint8_t *bytes = nla_data(attribute);
    uint64_t mac = 0;
    for (int i = 0; i < HN_MAC_LENGTH; i++)
        mac = mac << 8 | bytes[i];
    return mac;
}

struct answer {
    struct hn_link *link;
    bool found;
};

static void take(struct nlmsghdr *message, void *context)
{
    struct answer *answer = context;
    if (message->nlmsg_type == RTM_NEWLINK)
        answer->found = hn_parse_link(message, answer->link);
}

static int ask(struct hn_requests *requests, int32_t index, struct hn_attribute name,
               struct hn_link *link)
{
    struct ifinfomsg header = {.ifi_family = AF_UNSPEC, .ifi_index = index};
    uint32_t leave_out = RTEXT_FILTER_SKIP_STATS;
    struct hn_question question = {
        .type = RTM_GETLINK,
        .header = &header,
        .header_size = sizeof header,
        .attributes = {{IFLA_EXT_MASK, &leave_out, sizeof leave_out}, name},
    };
    struct answer answer = {.link = link};
    int error = hn_ask(requests, &question, take, &answer);
    if (error == -ENODEV)
        return 0;
    return error < 0 ? error : answer.found;
}

int hn_link_named(struct hn_requests *requests, const char *name, struct hn_link *link)
{
    size_t size = strlen(name) + 1;
    if (size == 1 || size > IFNAMSIZ)
        return 0;
    return ask(requests, 0, (struct hn_attribute){IFLA_IFNAME, name, size}, link);
}

int hn_link_indexed(struct hn_requests *requests, int32_t index, struct hn_link *link)
{
    if (index <= 0)
        return 0;
    return ask(requests, index, (struct hn_attribute){0}, link);
}
