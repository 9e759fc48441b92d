// SPDX-License-Identifier: Apache-2.0
//
// The host's network as its kernel tells it over netlink (RFC 3549): links, addresses, routes and
// neighbours, of IPv4 and IPv6, asked one by one or followed by event. Over libnl; nothing is read
// from files.
//
// MAC addresses are numbers in host order: the first byte on the wire is the most significant of 48
// bits. No interface has a MAC address of 0: it stands for none. Interface indexes are greater than
// 0.
//
// Calls return 0 or more, or -errno. Every socket belongs to the network namespace of the thread
// that opened it, whichever thread uses it later. A `struct hn_requests` or `struct hn_watch`
// belongs to one thread at a time.

#ifndef CHOSTNETWORK_H
#define CHOSTNETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HN_NAME_SIZE = 16 };

// An address in wire order, an IPv4 one in the mapped form of RFC 4291 section 2.5.5.2:
// 192.168.142.100 is ::ffff:192.168.142.100.
struct hn_ip {
    uint8_t bytes[16];
};

struct hn_link {
    int32_t index;
    char name[HN_NAME_SIZE]; // ends in NUL
    uint64_t mac;            // 0 when it has no Ethernet address
    uint32_t mtu;
    bool is_running; // administratively up, operational and with carrier
};

// An address that an interface holds.
struct hn_address {
    int32_t interface;
    struct hn_ip address;
};

struct hn_neighbour {
    int32_t interface;
    struct hn_ip address;
    uint64_t mac; // 0 while it is unresolved, and once the entry is deleted
};

enum hn_route_kind { HN_ROUTE_UNREACHABLE, HN_ROUTE_LOCAL, HN_ROUTE_ON_LINK, HN_ROUTE_GATEWAY };

struct hn_route {
    enum hn_route_kind kind;
    int32_t interface;    // of ON_LINK and GATEWAY
    struct hn_ip gateway; // of GATEWAY; an IPv6 router can be an IPv4 route's (RFC 5549)
};

// Requests. Each is one question to the kernel, which answers at once.

struct hn_requests;

// Opens the socket for requests. The caller closes it.
int hn_requests_open(struct hn_requests **requests);
void hn_requests_close(struct hn_requests *requests);

// 1 and the link, or 0 when there is none. A link's alternative names find it too.
int hn_link_named(struct hn_requests *requests, const char *name, struct hn_link *link);
int hn_link_indexed(struct hn_requests *requests, int32_t index, struct hn_link *link);

// The way that the kernel would send a packet of its own to `address` now.
int hn_route_to(struct hn_requests *requests, struct hn_ip address, struct hn_route *route);

// All addresses, and all neighbours, of both families and all interfaces. The handler runs in the
// call, once for each. -EAGAIN: the table changed while it was read, what the handler got may have
// gaps.
typedef void hn_address_handler(const struct hn_address *address, void *context);
typedef void hn_neighbour_handler(const struct hn_neighbour *neighbour, void *context);
int hn_addresses(struct hn_requests *requests, hn_address_handler *handler, void *context);
int hn_neighbours(struct hn_requests *requests, hn_neighbour_handler *handler, void *context);

// Gives an interface an address of its own, without a network behind it: /32 or /128; 0 also when it
// has it. An IPv4 one `is_of_host_alone` is never picked as the source of a packet to other hosts,
// an IPv6 one never is (RFC 6724 rule 3); of that no duplicate is sought (RFC 4862).
int hn_address_add(struct hn_requests *requests, const struct hn_address *address,
                   bool is_of_host_alone);

// Takes one that was added as above away; 0 also when it is gone already.
int hn_address_remove(struct hn_requests *requests, const struct hn_address *address);

// Has the kernel resolve a neighbour and keep it resolved (a managed entry): it asks at once, and
// every few seconds while nobody answers. A kernel before 5.16 asks once. The kernel drops the
// entry when the interface goes down, loses its carrier or changes its MAC address: ask again then.
// IPv6 neighbours are asked in the name of the interface's link-local address: without one, never.
// An entry that somebody made by hand (permanent, without ARP, or learned elsewhere) is left as it
// is: 0.
int hn_keep_resolved(struct hn_requests *requests, int32_t interface, struct hn_ip address);

// Takes the entry away again; 0 also when it is gone already, or not one of ours as above.
int hn_release(struct hn_requests *requests, int32_t interface, struct hn_ip address);

// Events. A thread of its own waits for them, without a timer.

enum hn_event_kind {
    HN_EVENT_LINK,           // `link` as it is now
    HN_EVENT_LINK_REMOVED,   // only `link.index`
    HN_EVENT_NEIGHBOUR,      // `neighbour` as it is now
    HN_EVENT_ROUTES_CHANGED, // routes, rules or addresses: one event for many changes
    HN_EVENT_OVERRUN,        // events were lost; all that came before the loss are delivered
};

struct hn_event {
    enum hn_event_kind kind;
    struct hn_link link;
    struct hn_neighbour neighbour;
};

struct hn_watch;
typedef void hn_event_handler(const struct hn_event *event, void *context);

// Opens the socket that the kernel queues events on from now on.
int hn_watch_open(struct hn_watch **watch);

// Starts the thread, once. The handler runs on it, with all signals blocked, until the close.
int hn_watch_start(struct hn_watch *watch, hn_event_handler *handler, void *context);

// Ends the thread, waits for it, and frees all. Not from the handler.
void hn_watch_close(struct hn_watch *watch);

// Programs that the calling thread and its later children run get none of its capabilities from it
// (ambient set), unless they run as root. -errno where the kernel refuses.
int hn_keep_capabilities(void);

// Claims: what other hosts of an interface's segment say of addresses that should be ours.

enum hn_claim_kind {
    HN_CLAIM_HOLDER, // it answers for the address, or announces it
    HN_CLAIM_SENDER, // it asks for another one in its name, so that others learn it (arp_announce)
};

struct hn_claim {
    enum hn_claim_kind kind;
    struct hn_ip address;
    uint64_t mac; // whoever says so
};

struct hn_segment;
typedef void hn_claim_handler(const struct hn_claim *claim, void *context);

// Listens from now on to untagged ARP (RFC 826) and neighbour discovery (RFC 4861) that comes in.
// Needs CAP_NET_RAW. An interface whose MAC address changes needs another one.
int hn_segment_open(struct hn_segment **segment, int32_t interface);

// Starts the thread, once. The handler runs on it, with all signals blocked, until the close.
int hn_segment_start(struct hn_segment *segment, hn_claim_handler *handler, void *context);

// Replaces the addresses that are listened for. Any thread; the array is the caller's.
int hn_segment_watch(struct hn_segment *segment, const struct hn_ip *addresses, size_t count);

// Asks once who has the address, in nobody's name, so that nobody learns anything from it (RFC 5227
// section 2.1.1, RFC 4862 section 5.4.2). Any thread.
int hn_segment_ask(struct hn_segment *segment, const struct hn_ip *address);

// Announces once that this interface has the address (RFC 5227 section 3, RFC 4861 section 7.2.6).
// Any thread.
int hn_segment_announce(struct hn_segment *segment, const struct hn_ip *address);

// Ends the thread, waits for it, and frees all. Not from the handler.
void hn_segment_close(struct hn_segment *segment);

// Questions to other hosts, and what the driver says of an interface.

// A packet socket for frames of one's own, which gets what may answer them: untagged ICMP and ICMPv6,
// IPv6 fragments, and TCP that has `port` at either side. It does not block, and is the caller's to
// close. Needs CAP_NET_RAW.
int hn_probe_socket(int32_t interface, uint16_t port);

// The address that the host would ask `address` from; nothing is sent.
int hn_source_of(struct hn_ip address, struct hn_ip *source);

enum { HN_DRIVER_SIZE = 32 };

struct hn_driver {
    char name[HN_DRIVER_SIZE]; // such as "veth" or "bridge"; ends in NUL
    uint32_t speed_mbit;       // 0 where it is not known
    bool is_half_duplex;
};

// Offloads by the names that `ethtool -k` knows in the kernel: "rx-lro".
typedef void hn_feature_handler(const char *name, bool is_on, void *context);

// The handler runs in the call, once for each feature; not at all where the driver tells none.
int hn_driver_of(const char *interface, struct hn_driver *driver, hn_feature_handler *handler,
                 void *context);

// Runs `body` on a thread of its own in the network namespace that `descriptor` refers to, and
// returns when it has ended: what it opens stays in that namespace, the caller stays in its own.
int hn_run_in_namespace(int descriptor, void (*body)(void *context), void *context);

// Of an errno, in English: "EPERM" and "Operation not permitted"; "?" and "Unknown error" for a
// number that is none.
const char *hn_error_name(int error);
const char *hn_error_text(int error);

#endif
