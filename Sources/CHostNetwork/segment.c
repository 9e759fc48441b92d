// SPDX-License-Identifier: Apache-2.0
//
// What other hosts of a segment say of addresses that should be ours, in ARP (RFC 826, RFC 5227) and
// neighbour discovery (RFC 4861), and the question who has one. A packet socket sees what comes in
// before any filter of the host's does; its own filter lets those two protocols through.

#include "CHostNetwork.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    MAC_LENGTH = 6,
    ARP_END = ETH_HLEN + 28,
    ARP_SENDER_AT = ETH_HLEN + 8,
    ARP_TARGET_AT = ETH_HLEN + 18,
    ND_AT = ETH_HLEN + 40,
    ND_END = ND_AT + 24,
    RECEIVE_BUFFER = 256 << 10,
    // Frames that are looked at in a second: a storm costs no more; of the rest, some are seen.
    FRAMES_A_SECOND = 20000,
};

struct hn_segment {
    int socket;
    int wake; // eventfd
    int32_t interface;
    uint8_t mac[MAC_LENGTH];
    pthread_t thread;
    bool is_started;
    hn_claim_handler *handler;
    void *context;
    pthread_mutex_t lock;
    // Under the lock: ascending by bytes.
    struct hn_ip *addresses;
    size_t count;
};

static int compare(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct hn_ip));
}

// Whether the address is one of ours, in wire order.
static bool is_ours(struct hn_segment *segment, const struct hn_ip *address)
{
    pthread_mutex_lock(&segment->lock);
    bool found = segment->count > 0 && bsearch(address, segment->addresses, segment->count,
                                               sizeof *address, compare) != NULL;
    pthread_mutex_unlock(&segment->lock);
    return found;
}

static struct hn_ip mapped(const uint8_t *ipv4)
{
    struct hn_ip address = {.bytes = {[10] = 0xFF, [11] = 0xFF}};
    memcpy(address.bytes + 12, ipv4, 4);
    return address;
}

static struct hn_ip whole(const uint8_t *ipv6)
{
    struct hn_ip address;
    memcpy(address.bytes, ipv6, sizeof address.bytes);
    return address;
}

static uint64_t number(const uint8_t mac[MAC_LENGTH])
{
    uint64_t value = 0;
    for (int i = 0; i < MAC_LENGTH; i++)
        value = value << 8 | mac[i];
    return value;
}

// A host that asks for another address in ours would be learned by those that hear it; a probe
// (RFC 5227 section 2.1.1) has no sender.
static bool parse_arp(const uint8_t *frame, size_t size, struct hn_claim *claim)
{
    static const uint8_t ethernet_ipv4[] = {0, ARPHRD_ETHER, ETH_P_IP >> 8, ETH_P_IP & 0xFF, 6, 4,
                                            0};
    if (size < ARP_END || memcmp(frame + ETH_HLEN, ethernet_ipv4, sizeof ethernet_ipv4) != 0)
        return false;
    const uint8_t *sender = frame + ARP_SENDER_AT;
    const uint8_t operation = frame[ETH_HLEN + 7];
    if (operation != ARPOP_REQUEST && operation != ARPOP_REPLY)
        return false;
    bool asks = operation == ARPOP_REQUEST;
    bool announces = memcmp(sender + MAC_LENGTH, frame + ARP_TARGET_AT + MAC_LENGTH, 4) == 0;
    *claim = (struct hn_claim){
        .kind = asks && !announces ? HN_CLAIM_SENDER : HN_CLAIM_HOLDER,
        .address = mapped(sender + MAC_LENGTH),
        .mac = number(sender),
    };
    return true;
}

// RFC 4861 sections 7.1.1 and 7.1.2: what a router passed on has another hop limit.
static bool parse_nd(const uint8_t *frame, size_t size, struct hn_claim *claim)
{
    enum { HOP_LIMIT_AT = ETH_HLEN + 7, SOURCE_AT = ETH_HLEN + 8, ASKED_AT = ND_AT + 8 };
    if (size < ND_END || frame[HOP_LIMIT_AT] != 255)
        return false;
    bool advertises = frame[ND_AT] == ND_NEIGHBOR_ADVERT;
    *claim = (struct hn_claim){
        .kind = advertises ? HN_CLAIM_HOLDER : HN_CLAIM_SENDER,
        .address = whole(frame + (advertises ? ASKED_AT : SOURCE_AT)),
        .mac = number(frame + MAC_LENGTH),
    };
    return true;
}

static void take(struct hn_segment *segment, const uint8_t *frame, size_t size)
{
    struct hn_claim claim;
    if (size < ETH_HLEN)
        return;
    bool is_arp = frame[12] == ETH_P_ARP >> 8 && frame[13] == (ETH_P_ARP & 0xFF);
    if (!(is_arp ? parse_arp : parse_nd)(frame, size, &claim) ||
        claim.mac == number(segment->mac) || !is_ours(segment, &claim.address))
        return;
    segment->handler(&claim, segment->context);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void *run(void *context)
{
    struct hn_segment *segment = context;
    struct pollfd ready[] = {
        {.fd = segment->wake, .events = POLLIN},
        {.fd = segment->socket, .events = POLLIN},
    };
    int64_t second = now_ms();
    int frames = 0;
    uint8_t frame[128];
    for (;;) {
        int64_t left = second + 1000 - now_ms();
        if (left <= 0) {
            second = now_ms();
            frames = 0;
        }
        bool rests = frames >= FRAMES_A_SECOND;
        if (poll(ready, rests ? 1 : 2, rests ? (int)(left > 0 ? left : 0) : -1) < 0)
            continue; // EINTR; the arguments are right
        if (ready[0].revents != 0)
            return NULL;
        ssize_t size = rests ? -1 : recv(segment->socket, frame, sizeof frame, MSG_DONTWAIT);
        if (size >= 0) {
            frames++;
            take(segment, frame, (size_t)size);
        }
    }
}

// Untagged ARP, and untagged neighbour solicitations and advertisements without extension headers,
// which RFC 6980 asks nothing to have.
static int filter(int descriptor)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 8),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 7, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 5),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETH_HLEN + 6),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 0, 3),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ND_AT),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, ND_NEIGHBOR_SOLICIT, 0, 1),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, ND_NEIGHBOR_ADVERT, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 128),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
    return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static int prepare(struct hn_segment *segment)
{
    struct sockaddr_ll place = {.sll_family = AF_PACKET,
                                .sll_protocol = htons(ETH_P_ALL),
                                .sll_ifindex = segment->interface};
    socklen_t size = sizeof place;
    const int one = 1, buffer = RECEIVE_BUFFER;
    segment->wake = eventfd(0, EFD_CLOEXEC);
    // Without a protocol nothing comes before the filter is there.
    segment->socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (segment->wake < 0 || segment->socket < 0 || filter(segment->socket) < 0 ||
        setsockopt(segment->socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0 ||
        setsockopt(segment->socket, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer) < 0 ||
        bind(segment->socket, (struct sockaddr *)&place, sizeof place) < 0 ||
        getsockname(segment->socket, (struct sockaddr *)&place, &size) < 0)
        return -errno;
    memcpy(segment->mac, place.sll_addr, sizeof segment->mac);
    return 0;
}

int hn_segment_open(struct hn_segment **opened, int32_t interface)
{
    struct hn_segment *segment = calloc(1, sizeof *segment);
    if (segment == NULL)
        return -ENOMEM;
    pthread_mutex_init(&segment->lock, NULL);
    segment->interface = interface;
    segment->socket = -1;
    int error = prepare(segment);
    if (error < 0) {
        hn_segment_close(segment);
        return error;
    }
    *opened = segment;
    return 0;
}

int hn_segment_start(struct hn_segment *segment, hn_claim_handler *handler, void *context)
{
    segment->handler = handler;
    segment->context = context;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&segment->thread, NULL, run, segment);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    segment->is_started = error == 0;
    return -error;
}

int hn_segment_watch(struct hn_segment *segment, const struct hn_ip *addresses, size_t count)
{
    struct hn_ip *copy = NULL;
    if (count > 0) {
        copy = malloc(count * sizeof *copy);
        if (copy == NULL)
            return -ENOMEM;
        memcpy(copy, addresses, count * sizeof *copy);
        qsort(copy, count, sizeof *copy, compare);
    }
    pthread_mutex_lock(&segment->lock);
    struct hn_ip *former = segment->addresses;
    segment->addresses = copy;
    segment->count = count;
    pthread_mutex_unlock(&segment->lock);
    free(former);
    return 0;
}

// Asked in nobody's name, announced in the address's own.
static size_t make_arp(const struct hn_segment *segment, const struct hn_ip *address,
                       bool announces, uint8_t *frame)
{
    static const uint8_t head[] = {
        ETH_P_ARP >> 8, ETH_P_ARP & 0xFF, 0, ARPHRD_ETHER, ETH_P_IP >> 8, ETH_P_IP & 0xFF, 6, 4, 0,
        ARPOP_REQUEST};
    memset(frame, 0xFF, MAC_LENGTH);
    memcpy(frame + MAC_LENGTH, segment->mac, MAC_LENGTH);
    memcpy(frame + 12, head, sizeof head);
    memcpy(frame + ARP_SENDER_AT, segment->mac, MAC_LENGTH);
    if (announces)
        memcpy(frame + ARP_SENDER_AT + MAC_LENGTH, address->bytes + 12, 4);
    memcpy(frame + ARP_TARGET_AT + MAC_LENGTH, address->bytes + 12, 4);
    return ARP_END;
}

// RFC 1071, over an IPv6 pseudo-header and the message.
static uint16_t checksum(const uint8_t *frame, size_t end)
{
    uint32_t sum = (uint32_t)(end - ND_AT) + IPPROTO_ICMPV6;
    for (size_t i = ETH_HLEN + 8; i < end; i += 2)
        sum += (uint32_t)(frame[i] << 8 | frame[i + 1]);
    while (sum >> 16 != 0)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t)~sum;
}

// The solicitation goes from no address to the group of those that have the asked one, so that
// whoever does answers all (RFC 4862 section 5.4.2); the advertisement goes to all, and overrides
// what they know (RFC 4861 section 7.2.6).
static size_t make_nd(const struct hn_segment *segment, const struct hn_ip *address, bool announces,
                      uint8_t *frame)
{
    // The option: RFC 4861 section 4.6.1.
    enum {
        SOURCE_AT = ETH_HLEN + 8,
        GROUP_AT = ETH_HLEN + 24,
        FLAGS_AT = ND_AT + 4,
        LINK_ADDRESS_OPTION = 2
    };
    static const uint8_t all[16] = {0xFF, 2, [15] = 1};
    uint8_t group[16] = {0xFF, 2, [11] = 1, [12] = 0xFF};
    memcpy(group + 13, address->bytes + 13, 3);
    const size_t end = announces ? ND_END + 8 : ND_END;
    const uint8_t head[] = {ETH_P_IPV6 >> 8,        ETH_P_IPV6 & 0xFF, 0x60, 0, 0, 0, 0,
                            (uint8_t)(end - ND_AT), IPPROTO_ICMPV6,    255};
    memcpy(frame + GROUP_AT, announces ? all : group, sizeof group);
    memset(frame, 0x33, 2);
    memcpy(frame + 2, frame + GROUP_AT + 12, 4);
    memcpy(frame + MAC_LENGTH, segment->mac, MAC_LENGTH);
    memcpy(frame + 12, head, sizeof head);
    frame[ND_AT] = announces ? ND_NEIGHBOR_ADVERT : ND_NEIGHBOR_SOLICIT;
    memcpy(frame + ND_AT + 8, address->bytes, sizeof address->bytes);
    if (announces) {
        memcpy(frame + SOURCE_AT, address->bytes, sizeof address->bytes);
        frame[FLAGS_AT] = 0x20;
        frame[ND_END] = LINK_ADDRESS_OPTION;
        frame[ND_END + 1] = 1; // times 8 bytes
        memcpy(frame + ND_END + 2, segment->mac, MAC_LENGTH);
    }
    const uint16_t sum = checksum(frame, end);
    frame[ND_AT + 2] = (uint8_t)(sum >> 8);
    frame[ND_AT + 3] = (uint8_t)sum;
    return end;
}

static int say(struct hn_segment *segment, const struct hn_ip *address, bool announces)
{
    static const uint8_t mapped_prefix[12] = {[10] = 0xFF, [11] = 0xFF};
    uint8_t frame[ND_END + 8] = {0};
    bool is_ipv4 = memcmp(address->bytes, mapped_prefix, sizeof mapped_prefix) == 0;
    size_t size = (is_ipv4 ? make_arp : make_nd)(segment, address, announces, frame);
    return send(segment->socket, frame, size, MSG_DONTWAIT) < 0 ? -errno : 0;
}

int hn_segment_ask(struct hn_segment *segment, const struct hn_ip *address)
{
    return say(segment, address, false);
}

int hn_segment_announce(struct hn_segment *segment, const struct hn_ip *address)
{
    return say(segment, address, true);
}

void hn_segment_close(struct hn_segment *segment)
{
    if (segment->is_started) {
        eventfd_write(segment->wake, 1);
        pthread_join(segment->thread, NULL);
    }
    if (segment->socket >= 0)
        close(segment->socket);
    if (segment->wake >= 0)
        close(segment->wake);
    pthread_mutex_destroy(&segment->lock);
    free(segment->addresses);
    free(segment);
}
