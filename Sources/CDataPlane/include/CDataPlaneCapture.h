// SPDX-License-Identifier: Apache-2.0
//
// Capture and explain: what Swift may look at while the data plane runs. A part of CDataPlane.h,
// and under its rules.

#ifndef CDATAPLANE_CAPTURE_H
#define CDATAPLANE_CAPTURE_H

#include "CDataPlane.h"

// ---- capture: frames as they came and as they went -----------------------------------------------

// The ring of one worker: the worker fills it, control empties it, nobody waits. A frame that finds
// no room is not captured, and counted.
struct dp_capture;

enum {
    DP_CAPTURE_SLOTS = 1024, // packets
    DP_CAPTURE_SNAP_MIN = 64,
    DP_CAPTURE_SNAP_MAX = 2048,
};

// Which frames: those for which all that is set holds.
struct dp_capture_filter {
    bool by_service, by_real;
    uint32_t service;  // index
    struct dp_ip real; // its address, in whatever service
};

// A frame as it came, or the same as it went. `bytes` is valid until the packet is taken.
struct dp_captured {
    uint64_t time_ns; // since 1970, of the batch
    const uint8_t *bytes;
    uint32_t length;      // of `bytes`
    uint32_t wire_length; // of the packet
    uint32_t interface;   // index: it came in, or went out, by it
    uint32_t real;        // index, or DP_NO_REAL
    enum dp_reason reason;
    bool sent; // the same frame as it came is before it in the ring: next to it, unless it was held
};

// `snap_length`: DP_CAPTURE_SNAP_MIN...DP_CAPTURE_SNAP_MAX bytes are kept of a packet. The caller
// owns the result.
struct dp_capture *dp_capture_create(const struct dp_capture_filter *filter, uint32_t snap_length,
                                     struct dp_error *error);
// No worker may use it any more.
void dp_capture_destroy(struct dp_capture *capture);
// Control. The worker captures into it from its next batch on; NULL: no more.
void dp_worker_capture(struct dp_worker *worker, struct dp_capture *capture);
// Control. Whether the worker still captures into it.
bool dp_worker_captures(const struct dp_worker *worker, const struct dp_capture *capture);
// Control. The oldest packet, which stays in the ring until it is taken; false when there is none.
bool dp_capture_first(const struct dp_capture *capture, struct dp_captured *packet);
// Control. Gives the oldest packet's room free; there is one.
void dp_capture_take(struct dp_capture *capture);
// Any thread. Frames that found no room.
uint64_t dp_capture_missed(const struct dp_capture *capture);

// ---- explain: where a packet would go -----------------------------------------------------------

// A packet of a client for a service.
struct dp_question {
    struct dp_ip client, vip;
    uint16_t client_port, service_port;
    uint8_t transport; // enum dp_transport
    uint64_t now_ms;   // by the workers' clock: see dp_worker_now_ms()
};

// What the flow table has.
struct dp_explained_flow {
    const char *state;   // static, such as "ESTABLISHED"; NULL when there is nothing
    uint32_t real;       // index
    uint32_t idle_ms;    // since its last packet
    uint32_t expires_ms; // from now, when no further packet comes
};

struct dp_explanation {
    bool is_vip;
    bool is_owned;    // the data plane answers for the VIP
    bool is_served;   // by this service
    uint32_t service; // index
    struct dp_explained_flow flow;
    struct dp_explained_flow template; // of the client's network, with persistence
    struct dp_outcome opening;         // of a SYN, or of a UDP packet
    struct dp_outcome segment;         // of a segment with ACK alone; TCP
    bool full;                         // the flow table has no room, or had none a moment ago
};

// Control. Finds what would become of such packets now. They take the workers' way on a copy of what
// it would change, so that nothing moves. Fails with -EAGAIN before the first publication, and when
// memory is short.
int dp_explain(struct dp_forwarder *forwarder, const struct dp_question *question,
               struct dp_explanation *explanation, struct dp_error *error);

// Control. Whether its thresholds keep new flows from the real server now.
bool dp_forwarder_is_overloaded(const struct dp_forwarder *forwarder, uint32_t real_index);

// Control. The time that the worker's flows live by.
uint64_t dp_worker_now_ms(const struct dp_worker *worker);

#endif
