// SPDX-License-Identifier: Apache-2.0
//
// What the parts of this shim share: a question to the kernel as a value, the way to ask it, and
// the parsers of what comes back, for answers and events alike.

#ifndef HN_ASK_H
#define HN_ASK_H

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/socket.h>
#include <stddef.h>

#include "CHostNetwork.h"

enum { HN_ATTRIBUTE_COUNT = 3, HN_MAC_LENGTH = 6 };

struct hn_attribute {
    int type;
    const void *data;
    size_t size; // 0 ends the list
};

struct hn_question {
    int type;  // RTM_...
    int flags; // NLM_F_..., beside NLM_F_REQUEST and NLM_F_ACK
    const void *header;
    size_t header_size;
    struct hn_attribute attributes[HN_ATTRIBUTE_COUNT];
};

typedef void hn_answer_handler(struct nlmsghdr *answer, void *context);

// Sends the question and hands each answer to the handler, until the kernel says that it is done.
// Returns 0 or -errno: the kernel's own, or that of the system call that failed.
int hn_ask(struct hn_requests *requests, const struct hn_question *question,
           hn_answer_handler *handler, void *context);

// A connected route netlink socket that does not block.
int hn_socket_open(struct nl_sock **opened);

// False for a message that is malformed, or not about a link or a neighbour of IPv4 or IPv6.
bool hn_parse_link(struct nlmsghdr *message, struct hn_link *link);
bool hn_parse_neighbour(struct nlmsghdr *message, struct hn_neighbour *neighbour);

// The Ethernet address in an attribute; 0 for NULL and for an address of another kind.
uint64_t hn_mac(const struct nlattr *attribute);

// AF_INET for an IPv4 address in its mapped form, else AF_INET6.
uint8_t hn_ip_family(const struct hn_ip *address);

// The address as messages of its family carry it. It points into `address`.
struct hn_attribute hn_ip_attribute(int type, const struct hn_ip *address);

// Takes an address as messages of the family carry it; false when it is none, NULL too.
bool hn_ip_parse(struct hn_ip *address, int family, const struct nlattr *attribute);
bool hn_ip_set(struct hn_ip *address, int family, const void *bytes, size_t size);

#endif
