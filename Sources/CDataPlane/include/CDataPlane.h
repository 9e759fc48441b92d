// SPDX-License-Identifier: Apache-2.0
//
// The data plane's contract with Swift: all that DataPlane may call. Layouts and functions that only
// the data plane itself knows are in the headers beside its sources.
//
// Threads: "control" is one thread at a time (the owner serialises its calls); "worker" is the
// thread that runs a worker. Set-up functions return 0 or more, or -errno, and say in `struct
// dp_error` what they were doing. Fields that end in `_be` are in network byte order, all others in
// host byte order.

#ifndef CDATAPLANE_H
#define CDATAPLANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DP_BATCH = 64,               // frames a batch
    DP_SERVICE_CAPACITY = 16384, // service indexes
    DP_REAL_CAPACITY = 131072,   // real server indexes
    DP_MAC_LENGTH = 6,
    DP_FLOW_CAPACITY_MIN = 1024,
    DP_FLOW_CAPACITY_MAX = 67108864,
    DP_PERSISTENCE_MAX_S = 2678400, // 31 days
};

// What a set-up function was doing when it failed; `operation` is a static string, never NULL.
struct dp_error {
    const char *operation;
    int code; // a positive errno
};

// ---- verdicts and their reasons -----------------------------------------------------------------

enum dp_verdict { DP_TX, DP_ANSWER, DP_HOLD, DP_PASS, DP_DROP };

// Each exit of the pipeline: name, verdict, its name for people and programs.
#define DP_REASONS(X)                                                                              \
    X(FLOW, DP_TX, "flow")                             /* of a known flow */                       \
    X(SCHEDULED, DP_TX, "scheduled")                   /* the first frame of a flow */             \
    X(TAKEN_OVER, DP_TX, "taken-over")                 /* of another director's flow; now ours */  \
    X(ONE_PACKET, DP_TX, "one-packet")                 /* scheduled, no flow kept */               \
    X(FRAGMENT, DP_TX, "fragment")                     /* a later one, as its first */             \
    X(ICMP_ERROR, DP_TX, "icmp-error")                 /* it quotes a flow's packet */             \
    X(ARP_REPLY, DP_ANSWER, "arp-reply")               /* who has the VIP: we */                   \
    X(NEIGHBOUR_REPLY, DP_ANSWER, "neighbour-reply")   /* the same for IPv6 */                     \
    X(ECHO_REPLY, DP_ANSWER, "echo-reply")             /* ping for the VIP */                      \
    X(RESET_NO_FLOW, DP_ANSWER, "reset-no-flow")       /* TCP without a flow, and no SYN */        \
    X(RESET_NO_SERVICE, DP_ANSWER, "reset-no-service") /* our VIP, but no such service */          \
    X(RESET_NO_REAL, DP_ANSWER, "reset-no-real-server")                                            \
    X(RESET_REAL_DOWN, DP_ANSWER, "reset-real-server-down")                                        \
    X(PORT_UNREACHABLE, DP_ANSWER, "port-unreachable") /* no such service, or nobody for it */     \
    X(STATELESS, DP_TX, "stateless")                   /* no room for its flow: by hash */         \
    X(FRAGMENT_HELD, DP_HOLD, "fragment-held")   /* it overtook its first; later sent or lost */   \
    X(OTHER_HOST, DP_PASS, "other-host")         /* another host's MAC address */                  \
    X(VLAN, DP_PASS, "vlan")                     /* tagged: another network's */                   \
    X(OTHER_PROTOCOL, DP_PASS, "other-protocol") /* neither IP nor ARP */                          \
    X(NOT_A_VIP, DP_PASS, "not-a-vip")           /* the host's own traffic */                      \
    X(NO_SERVICE, DP_PASS, "no-service")         /* a VIP, but no service of ours */               \
    X(HOST_FRAGMENT, DP_PASS, "host-fragment")   /* a later fragment, `arp: host` */               \
    X(CUT, DP_DROP, "cut")                       /* longer than the ring could take */             \
    X(BAD_IP_HEADER, DP_DROP, "bad-ip-header")   /* version, lengths (RFC 791 3.1) */              \
    X(BAD_IP_CHECKSUM, DP_DROP, "bad-ip-checksum")                                                 \
    X(BAD_TRANSPORT, DP_DROP, "bad-transport-header") /* shorter than its own header */            \
    X(BAD_ICMP_CHECKSUM, DP_DROP, "bad-icmp-checksum")                                             \
    X(BAD_SOLICITATION, DP_DROP, "bad-solicitation")   /* RFC 4861 section 7.1.1 */                \
    X(FRAGMENT_LOST, DP_DROP, "fragment-lost")         /* its first did not come, or no room */    \
    X(FRAGMENT_UNSERVED, DP_DROP, "fragment-unserved") /* to our VIP, of neither TCP nor UDP */    \
    X(ICMP_NO_FLOW, DP_DROP, "icmp-no-flow")           /* it quotes a service, but no flow */      \
    X(CLOSED_PORT, DP_DROP, "closed-port")          /* our VIP, no such service, silence asked */  \
    X(BAD_SOURCE, DP_DROP, "bad-source")            /* an error must not go there (RFC 1122) */    \
    X(RATE_LIMITED, DP_DROP, "answer-rate-limited") /* would be answered, but for the limit */     \
    X(NO_FLOW, DP_DROP, "no-flow")                  /* TCP without a flow, unanswered */           \
    X(NO_REAL_SERVER, DP_DROP, "no-real-server")    /* nothing to schedule */                      \
    X(STANDBY, DP_DROP, "standby")                  /* for a service that waits */                 \
    X(FLOW_CONTENDED, DP_DROP, "flow-contended") /* another worker is opening it, for too long */  \
    X(REAL_DOWN, DP_DROP, "real-server-down")    /* its flow's real server is down */

enum dp_reason {
#define DP_REASON_ENUM(name, verdict, text) DP_##name,
    DP_REASONS(DP_REASON_ENUM)
#undef DP_REASON_ENUM
        DP_REASON_COUNT
};

enum dp_verdict dp_reason_verdict(enum dp_reason reason);
// A static string such as "no-service".
const char *dp_reason_name(enum dp_reason reason);

// ---- the forwarding table, as the control plane hands it in -------------------------------------

enum dp_scheduler_id {
    DP_SCHEDULER_RR,
    DP_SCHEDULER_WRR,
    DP_SCHEDULER_LC,
    DP_SCHEDULER_WLC,
    DP_SCHEDULER_SED,
    DP_SCHEDULER_NQ,
    DP_SCHEDULER_SH,
    DP_SCHEDULER_DH,
    DP_SCHEDULER_MH,
    DP_SCHEDULER_FO,
    DP_SCHEDULER_OVF,
    DP_SCHEDULER_LBLC,
    DP_SCHEDULER_LBLCR,
    DP_SCHEDULER_TWOS,
    DP_SCHEDULER_MAGLEV,
    DP_SCHEDULER_COUNT
};

// For sh and mh.
enum dp_scheduler_flag {
    DP_SCHEDULER_PORT = 1 << 0,     // the client's port counts too
    DP_SCHEDULER_FALLBACK = 1 << 1, // when the picked one takes no flows: another
};

enum dp_transport { DP_TCP = 6, DP_UDP = 17 };

// An address in wire order, IPv4 in its mapped form (RFC 4291 section 2.5.5.2).
struct dp_ip {
    uint8_t bytes[16];
};

// One real server of one service. `index` < DP_REAL_CAPACITY names the pair for its life.
struct dp_real_input {
    uint32_t index;
    struct dp_ip rip;
    uint32_t weight; // 0...65,535
    uint32_t egress; // interface index, > 0 when usable
    // Flows, active and inactive, at which it takes no new ones, and below which again; 0: none, and
    // three quarters of the upper one.
    uint32_t upper_threshold, lower_threshold;
    bool usable; // it has a MAC address and a way there
    bool down;   // it takes no new flows, whatever its weight
    uint8_t mac[DP_MAC_LENGTH];
    uint8_t egress_mac[DP_MAC_LENGTH];
};

// Ports in host byte order, both ends included. 0...65,535 stands for every port that no other
// service of the VIP and protocol has.
struct dp_port_range {
    uint16_t first, last;
};

// The flows of a real server that is down or gone.
enum dp_on_down { DP_ON_DOWN_RESCHEDULE, DP_ON_DOWN_RESET, DP_ON_DOWN_KEEP, DP_ON_DOWN_DROP };

// One virtual service. Its ports are `range_count` > 0 entries of `ranges` from `first_range` on,
// ascending; its real servers `real_count` entries of `reals` from `first_real` on, in the order in
// which they were added.
struct dp_service_input {
    uint32_t index; // < DP_SERVICE_CAPACITY
    struct dp_ip vip;
    uint32_t first_range, range_count;
    uint32_t first_real, real_count;
    uint32_t persistence_s;   // 0: none; at most DP_PERSISTENCE_MAX_S
    uint8_t persistence_bits; // how many of the 128 of a client's address count
    uint8_t transport;        // enum dp_transport
    uint8_t scheduler;        // enum dp_scheduler_id
    uint8_t scheduler_flags;  // enum dp_scheduler_flag
    uint8_t on_down;          // enum dp_on_down
    bool owned;               // the VIP is the data plane's: ARP, ND and ping are answered
    bool one_packet;          // UDP: no flow is kept
    bool waits;               // another director serves it: all that comes for it is dropped
};

// A TCP segment without a flow that opens none, or a port of an owned VIP without a service.
enum dp_no_flow { DP_NO_FLOW_RESET, DP_NO_FLOW_DROP, DP_NO_FLOW_SCHEDULE };
// Nothing to schedule.
enum dp_no_real_server { DP_NO_REAL_UNREACHABLE, DP_NO_REAL_RESET, DP_NO_REAL_DROP };

struct dp_table_input {
    const struct dp_service_input *services;
    uint32_t service_count;
    const struct dp_real_input *reals;
    uint32_t real_count;
    const struct dp_port_range *ranges;
    uint32_t range_count;
    uint32_t ingress; // interface index
    uint8_t ingress_mac[DP_MAC_LENGTH];
    bool preserve_source_mac;
    uint32_t timeout_tcp_s, timeout_tcp_fin_s, timeout_udp_s;
    enum dp_no_flow no_flow;
    enum dp_no_real_server no_real_server;
    uint32_t answers_per_second; // resets and ICMP errors, each worker
    // A TCP segment without a flow is taken for one of a flow that another director had, where the
    // service has a scheduler that picks the same on both: it opens the flow anew, whatever `no_flow`.
    bool takes_over;
};

// ---- the forwarder: flow table, snapshot in force, counters -------------------------------------

struct dp_forwarder;

// What a service or real server was given. `bytes` counts IP lengths.
struct dp_traffic {
    uint64_t connections, packets, bytes;
};

struct dp_flow_options {
    uint64_t capacity;  // DP_FLOW_CAPACITY_MIN...DP_FLOW_CAPACITY_MAX flows
    uint64_t secret[2]; // random numbers, the key of the flow hash
    // A file that outlives the process: it takes over the flows of an earlier one at this path, and
    // then its place. NULL: memory of the process.
    const char *path;
    // For acceleration: the table stands in the kernel's memory, and outlives the process at `pin`, in
    // bpffs, instead of in the file. `pin` alone: where an earlier one may be. NULL: nowhere.
    bool in_kernel;
    const char *pin;
    // What an earlier table's flows are judged by: those that have timed out stay behind. `now_ms`
    // is the clock that the flows live by.
    uint32_t timeout_tcp_s, timeout_tcp_fin_s, timeout_udp_s;
    uint64_t now_ms;
};

// How the flow table came about.
struct dp_flow_origin {
    bool in_file;            // it outlives the process there
    bool in_kernel;          // it is where acceleration needs it; pinned unless refused
    struct dp_error refusal; // why it is not in the file that was asked for; code 0 when it is
    uint64_t file_size;      // bytes, also where there was no room for them
    uint64_t restored;       // flows of the earlier table
    uint64_t lost;           // those of its flows that found no room
    // Why an earlier table was not trusted: a static clause such as "it is too short"; NULL: there
    // was no reason. It stood at `pin`, and is gone, or it was renamed to PATH.damaged, which failed
    // with `aside_error` if that is not 0.
    const char *damage;
    bool damage_in_kernel;
    int aside_error;
};

// A real server that flows of an earlier table name by its index.
struct dp_kept_real {
    uint32_t index;
    struct dp_ip vip, rip;
    uint16_t port;     // the first of its service's, host byte order
    uint8_t transport; // enum dp_transport
};

// The caller owns the result. Fails only when memory is short or the capacity out of range: a file
// that can not be had is said in `origin`.
struct dp_forwarder *dp_forwarder_create(const struct dp_flow_options *options,
                                         struct dp_flow_origin *origin, struct dp_error *error);
// Control, before the first publication. The first one with an index of `from` or more whose name
// flows keep; false at the end. The table to be published shall give each of them its index again,
// and its index to nobody else.
bool dp_forwarder_kept_real(const struct dp_forwarder *forwarder, uint32_t from,
                            struct dp_kept_real *kept);
// Control. Gathers the pages of a flow file into huge ones where the kernel can: look-ups among many
// flows cost half as much then. Takes up to a second, during which the workers go on.
void dp_forwarder_gather_pages(const struct dp_forwarder *forwarder);
// All workers of it must have been destroyed.
void dp_forwarder_destroy(struct dp_forwarder *forwarder);

// Control. Copies `table` and makes it the one in force with one release store; frees what no worker
// reads any more. Refuses (-EINVAL) indexes and counts out of range and repeated keys.
int dp_forwarder_publish(struct dp_forwarder *forwarder, const struct dp_table_input *table,
                         struct dp_error *error);

// Control. Sums over the workers. `index` in range, else zeros.
uint64_t dp_forwarder_exits(const struct dp_forwarder *forwarder, enum dp_reason reason);
struct dp_traffic dp_forwarder_service_traffic(const struct dp_forwarder *forwarder,
                                               uint32_t index);
struct dp_traffic dp_forwarder_real_traffic(const struct dp_forwarder *forwarder, uint32_t index);
uint32_t dp_forwarder_active_flows(const struct dp_forwarder *forwarder, uint32_t real_index);
uint32_t dp_forwarder_inactive_flows(const struct dp_forwarder *forwarder, uint32_t real_index);
// Persistence templates, which are in neither of the two.
uint32_t dp_forwarder_templates(const struct dp_forwarder *forwarder, uint32_t real_index);
// Half-open flows that made room for new ones while the table was full.
uint64_t dp_forwarder_evictions(const struct dp_forwarder *forwarder);
uint64_t dp_forwarder_flow_count(const struct dp_forwarder *forwarder);

// ---- the in-kernel programs: which frames the tap copies, which the host's stack never sees ------

struct dp_tap;

// Loads the programs into the kernel (CAP_BPF, CAP_NET_ADMIN, CAP_NET_RAW), in the calling thread's
// network namespace. The caller owns the result.
struct dp_tap *dp_tap_create(struct dp_error *error);
// Gives the programs up and leaves the multicast groups; an attached guard stays in the kernel with
// its maps.
void dp_tap_destroy(struct dp_tap *tap);
// Control. Tells the programs the VIPs and ports of `table`, and makes its ingress a member of the
// multicast groups in which the data plane's own IPv6 VIPs are solicited (RFC 4291 section 2.7.1):
// `admit` before the table is published (adds), `retire` after (takes away what the table does not
// have). What the kernel knows already costs no system call. After a failure some may be told; a
// repetition goes on.
int dp_tap_admit(struct dp_tap *tap, const struct dp_table_input *table, struct dp_error *error);
int dp_tap_retire(struct dp_tap *tap, const struct dp_table_input *table, struct dp_error *error);

enum { DP_TAP_TRY_MAX = 2048 };

struct dp_tap_decision {
    bool admitted; // the filter would copy it to the data plane
    bool taken;    // the guard would keep it from the host's stack
};

// Control. What the programs would do with a frame of 14...DP_TAP_TRY_MAX bytes that `interface`
// received, an index in the calling thread's network namespace; nothing is sent or counted. -EINVAL
// also for IP shorter than its header, which newer kernels refuse to try.
int dp_tap_try(struct dp_tap *tap, uint32_t interface, const uint8_t *frame, uint32_t length,
               struct dp_tap_decision *decision, struct dp_error *error);

// Puts the guard on the interface's ingress, in one step in the place of one that an earlier process
// left. Returns 1 when it took one over, else 0.
int dp_guard_attach(struct dp_tap *tap, uint32_t interface, struct dp_error *error);
// Takes the guard off, and the ingress hook when the guard had made it and nothing else uses it.
int dp_guard_detach(uint32_t interface, struct dp_error *error);

// ---- ports ---------------------------------------------------------------------------------------

struct dp_port;

// Ports of one interface that share its frames by flow hash (PACKET_FANOUT_HASH) are a group.
enum { DP_FANOUT_NEW = 1 << 16 };

struct dp_packet_options {
    uint32_t interface;
    uint32_t slot_size;  // bytes of a ring slot, 1,024...262,144; larger frames come by a copy
    uint32_t fanout;     // 0: alone; DP_FANOUT_NEW: the first of a group; else the group to join
    uint32_t slot_count; // 128...1,048,576, rounded up to whole blocks
};

// AF_PACKET on one interface (CAP_NET_RAW), in the calling thread's network namespace; it receives
// what `tap`'s filter admits. The caller owns the result until a worker takes it.
struct dp_port *dp_packet_open(const struct dp_packet_options *options, struct dp_tap *tap,
                               struct dp_error *error);

// The group of a port that was opened with DP_FANOUT_NEW, for the others to join.
uint32_t dp_packet_fanout(const struct dp_port *port);

// A capture in (libpcap's formats, Ethernet), and what is sent into another (NULL: nowhere); its
// timestamps are the clock.
struct dp_port *dp_pcap_open(const char *in, const char *out, struct dp_error *error);
// The timestamp of the frames that were received last, in milliseconds since 1970.
uint64_t dp_pcap_time_ms(const struct dp_port *port);

enum dp_pcap_fault {
    DP_PCAP_SOUND,
    DP_PCAP_TORN,       // the input ended within a frame
    DP_PCAP_DAMAGED,    // what followed in the input was no frame
    DP_PCAP_UNREADABLE, // the input could not be read on
    DP_PCAP_UNWRITTEN,  // the output could not be written whole
};

// What went wrong so far with the captures of a port that dp_pcap_open made; writes out what is
// buffered. `code`: an errno for the last two, else 0.
enum dp_pcap_fault dp_pcap_check(struct dp_port *port, int *code);

void dp_port_close(struct dp_port *port);

// ---- workers -------------------------------------------------------------------------------------

struct dp_worker;

// The host's monotonic clock, which live flows live by: it goes on over a restart of the process.
uint64_t dp_monotonic_ms(void);

// What became of one frame; `real` is DP_NO_REAL where none was picked.
#define DP_NO_REAL UINT32_MAX
struct dp_outcome {
    enum dp_reason reason;
    uint32_t real;
};

struct dp_port_counters {
    uint64_t received, ring_drops, sent, send_failures;
};

// Takes the port over; closes it with the worker.
struct dp_worker *dp_worker_create(struct dp_forwarder *forwarder, struct dp_port *port,
                                   struct dp_error *error);
// Stops its thread if it runs, closes the port.
void dp_worker_destroy(struct dp_worker *worker);
// Starts the thread: receive, forward, transmit until the worker is destroyed. `number` counts the
// workers from 0: each is pinned to another of the CPUs that the process may use.
int dp_worker_start(struct dp_worker *worker, uint32_t number, struct dp_error *error);
// Any thread. The worker announces each VIP that is ours once (gratuitous ARP, RFC 5227 section 3).
void dp_worker_announce(struct dp_worker *worker);
// Control. Milliseconds since the thread last came round; it does so at least once a second.
uint64_t dp_worker_silence_ms(const struct dp_worker *worker);
// Control.
struct dp_port_counters dp_worker_port_counters(struct dp_worker *worker);
// For ports without a thread: one batch. Returns the number of frames taken, 0 at the end; what
// became of frame i stands in `outcomes[i]` (DP_BATCH entries). `outcomes` may be NULL.
int dp_worker_step(struct dp_worker *worker, struct dp_outcome *outcomes);
// The port that the worker owns.
struct dp_port *dp_worker_port(struct dp_worker *worker);

#include "CDataPlaneAccelerate.h"
#include "CDataPlaneCapture.h"
#include "CDataPlaneCheck.h"
#include "CDataPlaneFlows.h"
#include "CDataPlaneMemory.h"
#include "CDataPlaneXDP.h"

#endif
