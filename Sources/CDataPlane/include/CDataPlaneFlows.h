// SPDX-License-Identifier: Apache-2.0
//
// The flow table for people to read: a walk over its flows. A part of CDataPlane.h, and under its
// rules.

#ifndef CDATAPLANE_FLOWS_H
#define CDATAPLANE_FLOWS_H

#include "CDataPlane.h"

// The flow file holds these numbers: DP_FLOW_FILE_VERSION (flow_file.h) changes with them.
enum dp_flow_state {
    DP_FLOW_FREE,
    DP_FLOW_BUSY, // being written or removed; its owner alone touches it
    DP_FLOW_SYN_RECV,
    DP_FLOW_ESTABLISHED,
    DP_FLOW_FIN_WAIT,
    DP_FLOW_TIME_WAIT,
    DP_FLOW_CLOSE,
    DP_FLOW_UDP,
    DP_FLOW_TEMPLATE, // a client network's real server
    DP_FLOW_FRAGMENT, // a fragmented packet's real server
    DP_FLOW_STATE_COUNT
};

enum {
    // What one call looks at, at most: lines in use, and words of the map that says which are.
    DP_FLOW_WALK_LINES = 8192,
    DP_FLOW_WALK_WORDS = 32768, // 64 lines each
};

// Where a walk is over.
#define DP_FLOW_WALK_END UINT64_MAX

// Which flows: those for which all that is set holds. All zeros: every flow.
struct dp_flow_filter {
    // Of the service that has this VIP, port and protocol now; while none has them, of just these.
    bool by_service;
    uint8_t service_transport; // enum dp_transport
    uint16_t service_port;
    struct dp_ip vip;
    // Its address, in whatever service.
    bool by_real;
    struct dp_ip real;
    // The client's address is of the family of `client`, and has its leading bits.
    bool by_client;
    uint8_t client_bits; // 0...128; of an IPv4 network 96 more than its own
    struct dp_ip client;
    uint8_t transport; // enum dp_transport; 0: any
    uint8_t state;     // enum dp_flow_state; 0: any
};

// A flow, or the persistence template of a client's network (DP_FLOW_TEMPLATE: `client` is the
// network's first address, `client_port` is 0, `service_port` the first of its service, 0 for any).
struct dp_flow_entry {
    struct dp_ip client, vip;
    uint16_t client_port, service_port; // host byte order
    uint8_t transport;                  // enum dp_transport
    uint8_t state;                      // DP_FLOW_SYN_RECV...DP_FLOW_TEMPLATE
    uint32_t real;                      // index
    uint32_t expires_ms;                // more than 0; from now, when no further packet comes
};

// Control; workers may change flows meanwhile. Fills up to `capacity` > 0 entries with flows from
// `*cursor` on, a line's number, at first 0, and returns how many; `*cursor` becomes where to go on,
// at the end DP_FLOW_WALK_END. A call that has looked at its share of the table returns before its
// entries are full, even without one.
//
// A flow that lives throughout the walk comes exactly once. One that begins, ends or begins anew
// meanwhile may come, with what it had at one moment, or not. What has timed out, and what is no
// flow, does not come. `now_ms`: the workers' clock. Before the first publication there is nothing to
// see.
uint32_t dp_forwarder_flows(const struct dp_forwarder *forwarder,
                            const struct dp_flow_filter *filter, uint64_t now_ms, uint64_t *cursor,
                            struct dp_flow_entry *entries, uint32_t capacity);

// How a flow table's file stands, for who only looks at it.
struct dp_flow_look {
    int error;          // why it can not be opened, such as ENOENT; or 0
    const char *damage; // why it is not to be trusted; or NULL
    uint64_t ahead;     // flows that were last seen later than now, by the clock of this boot
};

// Of a large table only so many lines are looked at.
enum { DP_FLOW_LOOK_LINES = 1 << 20 };

// Any process; the one whose table it is may use it meanwhile.
void dp_flow_file_look(const char *path, struct dp_flow_look *look);

#endif
