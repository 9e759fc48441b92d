// SPDX-License-Identifier: Apache-2.0
//
// Where a packet would go, and why. In: a client and a service. Out: what is known of its flow, and
// the exits that its packets would take. They are made and sent through the pipeline itself, on a
// copy of what it would change. Control thread; the snapshot in force stays, for control alone
// publishes.

#include "explain.h"

#include "assign.h"
#include "checksum.h"
#include "flow_hash.h"
#include "service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>

struct dp_stage *dp_stage_create(const struct dp_flow_table *flows, struct dp_error *error)
{
    *error = (struct dp_error){"rehearse a packet's way", ENOMEM};
    struct dp_stage *stage = calloc(1, sizeof *stage);
    if (stage == NULL) {
        return NULL;
    }
    stage->cursors = calloc(DP_SERVICE_CAPACITY + DP_REAL_CAPACITY, sizeof *stage->cursors);
    if (stage->cursors != NULL && dp_counters_create(&stage->counters) &&
        dp_flow_memory_allocate(&stage->memory, flows->capacity)) {
        stage->flows =
            dp_flow_table_create(flows->capacity, (uint64_t[2]){0, 0}, stage->memory.lines, error);
    }
    if (stage->flows == NULL) {
        dp_stage_destroy(stage);
        return NULL;
    }
    stage->flows->hash_key = flows->hash_key;
    return stage;
}

void dp_stage_destroy(struct dp_stage *stage)
{
    if (stage == NULL) {
        return;
    }
    dp_flow_table_destroy(stage->flows);
    dp_flow_memory_free(&stage->memory);
    dp_counters_destroy(&stage->counters);
    free(stage->cursors);
    free(stage);
}

// Copies a line of a flow; one that a worker is writing counts as free.
static void copy_line(struct dp_flow *to, const struct dp_flow *from)
{
    atomic_store(&to->reach, atomic_load(&from->reach));
    // Pairs with the release store of dp_flow_commit(): the key is the one of this word.
    uint64_t control = atomic_load_explicit(&from->control, memory_order_acquire);
    if (!dp_flow_is_live(control)) {
        return;
    }
    for (int i = 0; i < 5; i++) {
        uint64_t word = atomic_load_explicit(&from->key[i], memory_order_relaxed);
        atomic_store_explicit(&to->key[i], word, memory_order_relaxed);
    }
    atomic_store(&to->last_seen_ms, atomic_load(&from->last_seen_ms));
    atomic_store(&to->companion, atomic_load(&from->companion));
    // As in dp_flow_find(): equal versions, and nobody changed the line meanwhile.
    atomic_thread_fence(memory_order_acquire);
    uint64_t again = atomic_load_explicit(&from->control, memory_order_relaxed);
    if (dp_flow_version_of(again) == dp_flow_version_of(control)) {
        atomic_store(&to->control, control);
    }
}

void dp_stage_copy_flow(struct dp_stage *stage, const struct dp_flow_table *flows, uint64_t hash)
{
    struct dp_flow *to = dp_flow_home(stage->flows, hash);
    const struct dp_flow *from = dp_flow_home(flows, hash);
    for (uint32_t i = 0; i < DP_FLOW_WINDOW; i++) {
        copy_line(&to[i], &from[i]);
    }
}

void dp_stage_wipe_flow(struct dp_stage *stage, uint64_t hash)
{
    memset((void *)dp_flow_home(stage->flows, hash), 0, DP_FLOW_WINDOW * sizeof(struct dp_flow));
}

static void copy_counts(struct dp_flow_counts *to, const struct dp_flow_counts *from)
{
    atomic_store(&to->active, atomic_load(&from->active));
    atomic_store(&to->inactive, atomic_load(&from->inactive));
    atomic_store(&to->overloaded, atomic_load(&from->overloaded));
    atomic_store(&to->upper, atomic_load(&from->upper));
    atomic_store(&to->lower, atomic_load(&from->lower));
}

bool dp_forwarder_is_overloaded(const struct dp_forwarder *forwarder, uint32_t real_index)
{
    struct dp_flow_counts counts = {0};
    if (real_index < DP_REAL_CAPACITY) {
        copy_counts(&counts, &forwarder->flows->counts[real_index]);
    }
    return dp_flow_is_overloaded(&counts);
}

void dp_stage_copy_service(struct dp_stage *stage, const struct dp_forwarder *forwarder,
                           const struct dp_service *service)
{
    atomic_store(&stage->cursors[service->index], atomic_load(&forwarder->cursors[service->index]));
    for (uint32_t i = 0; i < service->real_count; i++) {
        uint32_t real = service->reals[i];
        uint32_t cursor = DP_SERVICE_CAPACITY + real;
        atomic_store(&stage->cursors[cursor], atomic_load(&forwarder->cursors[cursor]));
        copy_counts(&stage->flows->counts[real], &forwarder->flows->counts[real]);
    }
}

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, TCP_HEADER = 20, UDP_HEADER = 8, ROOM = 1024 };

// A frame of a client, with room around it for the answer that it may become.
struct probe {
    uint8_t memory[DP_HEADROOM + ROOM];
    struct dp_frame frame;
};

static void store16(uint8_t *bytes, uint32_t number)
{
    bytes[0] = (uint8_t)(number >> 8);
    bytes[1] = (uint8_t)number;
}

// The network header for `payload` bytes; returns its length.
static uint32_t write_ip(uint8_t *ip, const struct dp_question *question, uint32_t payload)
{
    union dp_address client = dp_address_of(&question->client);
    union dp_address vip = dp_address_of(&question->vip);
    ip[0] = dp_address_is_ipv4(&vip) ? 0x45 : 0x60;
    if (!dp_address_is_ipv4(&vip)) {
        store16(ip + 4, payload);
        ip[6] = question->transport;
        ip[7] = 64; // hop limit
        memcpy(ip + 8, &client, sizeof client);
        memcpy(ip + 24, &vip, sizeof vip);
        return IPV6_HEADER;
    }
    store16(ip + 2, IPV4_HEADER + payload);
    ip[8] = 64; // TTL
    ip[9] = question->transport;
    memcpy(ip + 12, &client.quad[3], sizeof client.quad[3]);
    memcpy(ip + 16, &vip.quad[3], sizeof vip.quad[3]);
    dp_checksum_write(ip + 10, dp_checksum_sum(ip, IPV4_HEADER));
    return IPV4_HEADER;
}

// The packet of the question, with these TCP flags, as it would come in.
static void make_probe(struct probe *probe, const struct dp_snapshot *snapshot,
                       const struct dp_question *question, uint8_t tcp_flags)
{
    *probe = (struct probe){0};
    uint8_t *ethernet = probe->memory + DP_HEADROOM;
    uint8_t *ip = ethernet + DP_ETHERNET_HEADER;
    bool is_tcp = question->transport == DP_TCP;
    uint32_t payload = is_tcp ? TCP_HEADER : UDP_HEADER;
    uint8_t *l4 = ip + write_ip(ip, question, payload);
    store16(l4, question->client_port);
    store16(l4 + 2, question->service_port);
    if (is_tcp) {
        l4[12] = TCP_HEADER / 4 << 4;
        l4[13] = tcp_flags;
    } else {
        store16(l4 + 4, UDP_HEADER);
    }
    memcpy(ethernet, snapshot->ingress_mac, DP_MAC_LENGTH);
    ethernet[DP_MAC_LENGTH] = 0x02; // the client's address: a locally administered one
    store16(ethernet + 12, (ip[0] >> 4) == 4 ? ETH_P_IP : ETH_P_IPV6);
    uint32_t length = (uint32_t)(l4 + payload - ethernet);
    probe->frame = (struct dp_frame){.data = ethernet, .length = length, .wire_length = length};
}

// What the stage's flow table has under the packet's key.
static struct dp_explained_flow describe(const struct dp_stage *stage,
                                         const struct dp_snapshot *snapshot,
                                         const struct dp_packet *packet, uint64_t now_ms)
{
    static const char *const names[DP_FLOW_STATE_COUNT] = {
        [DP_FLOW_SYN_RECV] = "SYN_RECV", [DP_FLOW_ESTABLISHED] = "ESTABLISHED",
        [DP_FLOW_FIN_WAIT] = "FIN_WAIT", [DP_FLOW_TIME_WAIT] = "TIME_WAIT",
        [DP_FLOW_CLOSE] = "CLOSE",       [DP_FLOW_UDP] = "UDP",
        [DP_FLOW_TEMPLATE] = "NONE", // as ipvsadm says it
    };
    uint64_t control;
    const struct dp_flow *flow =
        dp_flow_find(stage->flows, packet, &snapshot->timeouts, now_ms, &control);
    if (flow == NULL) {
        return (struct dp_explained_flow){.state = NULL, .real = DP_NO_REAL};
    }
    int64_t idle = dp_flow_idle_ms(atomic_load(&flow->last_seen_ms), now_ms);
    uint32_t idle_ms = idle > 0 ? (uint32_t)idle : 0; // a worker's clock may be ahead
    return (struct dp_explained_flow){
        .state = names[dp_flow_state_of(control)],
        .real = dp_flow_real_of(control),
        .idle_ms = idle_ms,
        .expires_ms = dp_flow_timeout_ms(flow, control, &snapshot->timeouts) - idle_ms,
    };
}

// A packet's way through the pipeline on the stage, which has what the packet can reach.
static struct dp_outcome rehearse(struct dp_stage *stage, const struct dp_flow_table *live,
                                  const struct dp_snapshot *snapshot, uint64_t now_ms,
                                  struct probe *probe)
{
    atomic_store(&stage->flows->count, atomic_load(&live->count));
    atomic_store(&stage->flows->full_until_ms, atomic_load(&live->full_until_ms));
    struct dp_limiter limiter = {0};
    struct dp_outcome outcome;
    struct dp_transmit out = {.count = 0};
    struct dp_pipeline pipeline = {.snapshot = snapshot,
                                   .flows = stage->flows,
                                   .cursors = stage->cursors,
                                   .counters = &stage->counters,
                                   .limiter = &limiter,
                                   .hold = NULL, // it is no fragment
                                   .now_ms = now_ms};
    dp_forward(&pipeline, &probe->frame, 1, &outcome, &out);
    return outcome;
}

// What becomes of the packet of the question with these TCP flags; what is known of its flow goes to
// `explanation`.
static struct dp_outcome ask(const struct dp_forwarder *forwarder,
                             const struct dp_snapshot *snapshot, const struct dp_question *question,
                             uint8_t tcp_flags, struct dp_explanation *explanation)
{
    struct dp_stage *stage = forwarder->stage;
    uint64_t now_ms = question->now_ms;
    struct probe probe;
    struct dp_packet packet;
    make_probe(&probe, snapshot, question, tcp_flags);
    enum dp_reason exit = dp_frame_parse(&probe.frame, snapshot->ingress_mac, &packet);
    const struct dp_service *service =
        exit == DP_NEXT ? dp_service_find(snapshot, &packet.key) : NULL;
    if (service == NULL) {
        return rehearse(stage, forwarder->flows, snapshot, now_ms, &probe);
    }
    explanation->is_served = true;
    explanation->service = service->index;
    dp_stage_copy_service(stage, forwarder, service);
    packet.hash = dp_flow_hash(stage->flows, &packet.key);
    struct dp_packet template = dp_template_of(stage->flows, service, &packet);
    dp_stage_copy_flow(stage, forwarder->flows, packet.hash);
    dp_stage_copy_flow(stage, forwarder->flows, template.hash);
    explanation->flow = describe(stage, snapshot, &packet, now_ms);
    if (service->persistence_ms != 0) {
        explanation->template = describe(stage, snapshot, &template, now_ms);
    }
    struct dp_outcome outcome = rehearse(stage, forwarder->flows, snapshot, now_ms, &probe);
    dp_stage_wipe_flow(stage, packet.hash);
    dp_stage_wipe_flow(stage, template.hash);
    return outcome;
}

int dp_explain(struct dp_forwarder *forwarder, const struct dp_question *question,
               struct dp_explanation *explanation, struct dp_error *error)
{
    *error = (struct dp_error){"explain a packet's way", EAGAIN};
    const struct dp_snapshot *snapshot = atomic_load(&forwarder->current);
    if (snapshot == NULL) {
        return -EAGAIN;
    }
    if (forwarder->stage == NULL) {
        forwarder->stage = dp_stage_create(forwarder->flows, error);
    }
    if (forwarder->stage == NULL) {
        return -error->code;
    }
    union dp_address address = dp_address_of(&question->vip);
    uint32_t vip = dp_snapshot_find(snapshot, &address, 0, 0);
    *explanation = (struct dp_explanation){
        .is_vip = (vip & DP_VIP_PRESENT) != 0,
        .is_owned = (vip & DP_VIP_OWNED) != 0,
        .flow = {.real = DP_NO_REAL},
        .template = {.real = DP_NO_REAL},
        .full = dp_flow_is_full(forwarder->flows, question->now_ms),
    };
    explanation->opening = ask(forwarder, snapshot, question, DP_TCP_SYN, explanation);
    if (question->transport == DP_TCP) {
        explanation->segment = ask(forwarder, snapshot, question, DP_TCP_ACK, explanation);
    }
    return 0;
}
