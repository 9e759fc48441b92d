// SPDX-License-Identifier: Apache-2.0
//
// Addresses of both families, between our 16 bytes and netlink's 4 or 16.

#include "ask.h"

#include <string.h>
#include <sys/socket.h>

enum { IPV4_SIZE = 4, IPV6_SIZE = sizeof(struct hn_ip), PREFIX_SIZE = IPV6_SIZE - IPV4_SIZE };

// RFC 4291 section 2.5.5.2.
static const uint8_t mapped_prefix[PREFIX_SIZE] = {[10] = 0xFF, [11] = 0xFF};

uint8_t hn_ip_family(const struct hn_ip *address)
{
    bool is_mapped = memcmp(address->bytes, mapped_prefix, PREFIX_SIZE) == 0;
    return is_mapped ? AF_INET : AF_INET6;
}

struct hn_attribute hn_ip_attribute(int type, const struct hn_ip *address)
{
    if (hn_ip_family(address) == AF_INET)
        return (struct hn_attribute){type, address->bytes + PREFIX_SIZE, IPV4_SIZE};
    return (struct hn_attribute){type, address->bytes, IPV6_SIZE};
}

bool hn_ip_set(struct hn_ip *address, int family, const void *bytes, size_t size)
{
    if (family == AF_INET && size == IPV4_SIZE) {
        memcpy(address->bytes, mapped_prefix, PREFIX_SIZE);
        memcpy(address->bytes + PREFIX_SIZE, bytes, IPV4_SIZE);
        return true;
    }
    if (family != AF_INET6 || size != IPV6_SIZE)
        return false;
    memcpy(address->bytes, bytes, IPV6_SIZE);
    // A neighbour may name itself so in IPv6: it shall not pass for the IPv4 address.
    return hn_ip_family(address) == AF_INET6;
}

bool hn_ip_parse(struct hn_ip *address, int family, const struct nlattr *attribute)
{
    return attribute != NULL &&
           hn_ip_set(address, family, nla_data(attribute), (size_t)nla_len(attribute));
}
