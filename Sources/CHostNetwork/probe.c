// SPDX-License-Identifier: Apache-2.0
//
// A packet socket for questions to other hosts in frames that the host's own stack would not make,
// and the address that they come from. It taps before any filter of the host's; its own filter lets
// what may be an answer through and little else, for a director's wire is busy.

#include "CHostNetwork.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    RECEIVE_BUFFER = 4 << 20,
    WHOLE_FRAME = 1 << 18, // bytes
    V4_PROTOCOL_AT = ETH_HLEN + 9,
    V6_NEXT_AT = ETH_HLEN + 6,
    V6_PAYLOAD_AT = ETH_HLEN + 40,
    DISCARD_PORT = 9,
};

#define LOAD(size, mode, at) BPF_STMT(BPF_LD | (size) | (mode), (uint32_t)(at))
#define IF_EQUAL(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))

// Untagged ICMP and ICMPv6, IPv6 fragments, and TCP that has the port at either side. The last two
// lines are the ways out.
static int filter(int descriptor, uint16_t port)
{
    struct sock_filter code[] = {
        LOAD(BPF_W, BPF_ABS, SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT),
        IF_EQUAL(0, 0, 19),
        LOAD(BPF_H, BPF_ABS, 12),
        IF_EQUAL(ETH_P_IPV6, 9, 0),
        IF_EQUAL(ETH_P_IP, 0, 16),
        LOAD(BPF_B, BPF_ABS, V4_PROTOCOL_AT),
        IF_EQUAL(IPPROTO_ICMP, 15, 0),
        IF_EQUAL(IPPROTO_TCP, 0, 13),
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, ETH_HLEN),
        LOAD(BPF_H, BPF_IND, ETH_HLEN),
        IF_EQUAL(port, 11, 0),
        LOAD(BPF_H, BPF_IND, ETH_HLEN + 2),
        IF_EQUAL(port, 9, 8),
        LOAD(BPF_B, BPF_ABS, V6_NEXT_AT),
        IF_EQUAL(IPPROTO_ICMPV6, 7, 0),
        IF_EQUAL(IPPROTO_FRAGMENT, 6, 0),
        IF_EQUAL(IPPROTO_TCP, 0, 4),
        LOAD(BPF_H, BPF_ABS, V6_PAYLOAD_AT),
        IF_EQUAL(port, 3, 0),
        LOAD(BPF_H, BPF_ABS, V6_PAYLOAD_AT + 2),
        IF_EQUAL(port, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, WHOLE_FRAME),
    };
    const struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
    return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

int hn_probe_socket(int32_t interface, uint16_t port)
{
    const struct sockaddr_ll place = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = interface};
    const int one = 1, buffer = RECEIVE_BUFFER;
    // Without a protocol nothing comes before the filter is there.
    int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return -errno;
    if (filter(descriptor, port) < 0 ||
        setsockopt(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0 ||
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer) < 0 ||
        bind(descriptor, (const struct sockaddr *)&place, sizeof place) < 0) {
        int error = -errno;
        close(descriptor);
        return error;
    }
    return descriptor;
}

union place {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

// A datagram socket that is connected has its source; nothing is sent.
static int source_of(const union place *there, socklen_t size, union place *here)
{
    int descriptor = socket(there->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return -errno;
    bool is_known = connect(descriptor, &there->any, size) == 0 &&
                    getsockname(descriptor, &here->any, &size) == 0;
    int error = is_known ? 0 : -errno;
    close(descriptor);
    return error;
}

int hn_source_of(struct hn_ip address, struct hn_ip *source)
{
    static const uint8_t mapped_prefix[12] = {[10] = 0xFF, [11] = 0xFF};
    union place there = {0}, here = {0};
    bool is_ipv4 = memcmp(address.bytes, mapped_prefix, sizeof mapped_prefix) == 0;
    *source = address;
    if (is_ipv4) {
        there.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(DISCARD_PORT)};
        memcpy(&there.v4.sin_addr, address.bytes + sizeof mapped_prefix, 4);
    } else {
        there.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(DISCARD_PORT)};
        memcpy(&there.v6.sin6_addr, address.bytes, sizeof address.bytes);
    }
    int error = source_of(&there, is_ipv4 ? sizeof there.v4 : sizeof there.v6, &here);
    if (is_ipv4)
        memcpy(source->bytes + sizeof mapped_prefix, &here.v4.sin_addr, 4);
    else
        memcpy(source->bytes, &here.v6.sin6_addr, sizeof source->bytes);
    return error;
}
