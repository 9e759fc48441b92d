// SPDX-License-Identifier: Apache-2.0
//
// Which real server? In: a packet of a service. Out: its flow's real server; or a new flow with the
// scheduler's pick or the client's template; or the exit that the packet takes. Any worker.

#include "assign.h"

#include "flow_hash.h"

static struct dp_outcome nobody_for(const struct dp_pipeline *p, const struct dp_packet *packet)
{
    enum dp_no_real_server policy = p->snapshot->no_real_server;
    if (policy == DP_NO_REAL_DROP || (packet->tcp_flags & DP_TCP_RST) != 0) {
        return dp_without_real(DP_NO_REAL_SERVER);
    }
    bool reset = policy == DP_NO_REAL_RESET && packet->key.protocol == DP_TCP;
    return dp_without_real(reset ? DP_RESET_NO_REAL : DP_PORT_UNREACHABLE);
}

static uint32_t pick(const struct dp_pipeline *p, const struct dp_service *service,
                     const struct dp_packet *packet)
{
    struct dp_choice choice = {.service = service,
                               .snapshot = p->snapshot,
                               .packet = packet,
                               .counts = p->flows->counts,
                               .cursor = &p->cursors[service->index],
                               .now_ms = p->now_ms};
    return service->scheduler->pick(&choice);
}

// The same real server for all packets with the key, whatever came between; DP_NO_REAL: there is none.
static uint32_t by_hash(const struct dp_pipeline *p, const struct dp_service *service,
                        const struct dp_packet *packet)
{
    if (service->scheduler->agrees) {
        return pick(p, service, packet);
    }
    for (uint32_t i = 0; i < service->real_count; i++) {
        uint64_t position = (packet->hash % service->real_count + i) % service->real_count;
        uint32_t real = service->reals[position];
        if (p->snapshot->reals[real].weight > 0) {
            return real;
        }
    }
    return DP_NO_REAL;
}

// A client's real server, and what the template is called that says so; 0: none does.
struct placed {
    uint32_t real;
    uint64_t template;
};

struct dp_packet dp_template_of(const struct dp_flow_table *flows, const struct dp_service *service,
                                const struct dp_packet *packet)
{
    struct dp_packet template = {.key = {.vip = packet->key.vip,
                                         .service_port_be = service->first_port_be,
                                         .protocol = packet->key.protocol | DP_KEY_TEMPLATE}};
    for (int i = 0; i < 2; i++) {
        template.key.client.word[i] = packet->key.client.word[i] & service->client_mask.word[i];
    }
    template.hash = dp_flow_hash(flows, &template.key);
    return template;
}

// By the client's template as it stands; DP_NO_REAL when there is none that is of use. It takes no
// account of weight and thresholds.
static struct placed by_template(const struct dp_pipeline *p, const struct dp_packet *template)
{
    uint64_t control;
    struct dp_flow *flow =
        dp_flow_find(p->flows, template, &p->snapshot->timeouts, p->now_ms, &control);
    if (flow == NULL) {
        return (struct placed){DP_NO_REAL, 0};
    }
    if (!dp_is_usable(p, dp_flow_real_of(control))) {
        dp_flow_remove(p->flows, flow, control);
        return (struct placed){DP_NO_REAL, 0};
    }
    dp_flow_touch(p->flows, flow, control, template, p->now_ms);
    return (struct placed){dp_flow_real_of(control), dp_flow_name(p->flows, flow, control)};
}

// By the client's template, or the scheduler's pick, which becomes the template.
static struct placed place(const struct dp_pipeline *p, const struct dp_service *service,
                           const struct dp_packet *packet)
{
    struct dp_packet template = dp_template_of(p->flows, service, packet);
    struct placed placed = by_template(p, &template);
    if (placed.real != DP_NO_REAL) {
        return placed;
    }
    struct dp_flow *line;
    uint64_t control;
    enum dp_reservation found = dp_flow_reserve(p->flows, &template, p->now_ms, &line, &control);
    if (found == DP_EXISTS) {
        return (struct placed){dp_flow_real_of(control), dp_flow_name(p->flows, line, control)};
    }
    placed.real = found == DP_FULL ? by_hash(p, service, &template) : pick(p, service, packet);
    if (found != DP_RESERVED) {
        return placed;
    }
    if (placed.real == DP_NO_REAL) {
        dp_flow_abandon(line);
        return placed;
    }
    // Its name is that of the line as it is ours: the version does not change with the state.
    control = atomic_load_explicit(&line->control, memory_order_relaxed);
    placed.template = dp_flow_name(p->flows, line, control);
    dp_flow_commit(p->flows, line, &template, DP_FLOW_TEMPLATE, placed.real,
                   service->persistence_ms, p->now_ms);
    return placed;
}

// While the flow table has no room.
static struct dp_outcome without_state(const struct dp_pipeline *p,
                                       const struct dp_service *service,
                                       const struct dp_packet *packet)
{
    uint32_t real;
    if (service->persistence_ms != 0) {
        struct dp_packet template = dp_template_of(p->flows, service, packet);
        real = by_template(p, &template).real;
        real = real != DP_NO_REAL ? real : by_hash(p, service, &template);
    } else {
        real = by_hash(p, service, packet);
    }
    return real != DP_NO_REAL ? (struct dp_outcome){DP_STATELESS, real} : nobody_for(p, packet);
}

static void count_connection(const struct dp_pipeline *p, const struct dp_service *service,
                             uint32_t real)
{
    dp_counter_add(&p->counters->services[service->index].connections, 1);
    dp_counter_add(&p->counters->reals[real].connections, 1);
}

static struct dp_outcome without_flow(const struct dp_pipeline *p, const struct dp_service *service,
                                      const struct dp_packet *packet)
{
    if (service->manner == DP_MANNER_STANDBY) {
        return dp_without_real(DP_STANDBY);
    }
    uint32_t real =
        service->persistence_ms != 0 ? place(p, service, packet).real : pick(p, service, packet);
    if (real == DP_NO_REAL) {
        return nobody_for(p, packet);
    }
    count_connection(p, service, real);
    return (struct dp_outcome){DP_ONE_PACKET, real};
}

// To the flow's real server, if that is there.
static struct dp_outcome follow(const struct dp_pipeline *p, uint32_t real)
{
    return (struct dp_outcome){dp_keeps_flows(p, real) ? DP_FLOW : DP_REAL_DOWN, real};
}

// A new flow that begins in `state`: its line, and who gets it. A template is made before the flow's
// line is reserved, so that nobody holds one line and waits for another. Inlined: a new flow is on the
// path of a SYN flood, and its two rarer callers are cold.
__attribute__((always_inline)) static inline struct dp_outcome schedule(
    const struct dp_pipeline *p, const struct dp_service *service, const struct dp_packet *packet,
    enum dp_flow_state state)
{
    if (service->manner != DP_MANNER_FLOWS) {
        return without_flow(p, service, packet);
    }
    bool persistent = service->persistence_ms != 0;
    struct placed placed = persistent ? place(p, service, packet) : (struct placed){DP_NO_REAL, 0};
    if (persistent && placed.real == DP_NO_REAL) {
        return nobody_for(p, packet);
    }
    struct dp_flow *line;
    uint64_t control;
    switch (dp_flow_reserve(p->flows, packet, p->now_ms, &line, &control)) {
    case DP_FULL:
        return persistent ? (struct dp_outcome){DP_STATELESS, placed.real}
                          : without_state(p, service, packet);
    case DP_CONTENDED:
        return dp_without_real(DP_FLOW_CONTENDED);
    case DP_EXISTS:
        return follow(p, dp_flow_real_of(control));
    case DP_RESERVED:
        break;
    }
    if (!persistent) {
        placed.real = pick(p, service, packet);
    }
    if (placed.real == DP_NO_REAL) {
        dp_flow_abandon(line);
        return nobody_for(p, packet);
    }
    dp_flow_commit(p->flows, line, packet, state, placed.real, placed.template, p->now_ms);
    if (placed.template != 0) {
        // A sweep may come late for a template that lasts seconds.
        dp_flow_keep_template(p->flows, placed.template, p->now_ms);
    }
    count_connection(p, service, placed.real);
    return (struct dp_outcome){DP_SCHEDULED, placed.real};
}

// Whether it may be of a flow that another director had, and would have gone where it goes now. Which
// real server a template named there is not known here.
static bool takes_over(const struct dp_pipeline *p, const struct dp_service *service)
{
    return p->snapshot->takes_over && service->scheduler->agrees && service->persistence_ms == 0;
}

__attribute__((noinline, cold)) static struct dp_outcome take_over(const struct dp_pipeline *p,
                                                                   const struct dp_service *service,
                                                                   const struct dp_packet *packet)
{
    struct dp_outcome outcome = schedule(p, service, packet, dp_flow_taken_over_state(packet));
    if (outcome.reason == DP_SCHEDULED) {
        outcome.reason = DP_TAKEN_OVER;
    }
    return outcome;
}

static struct dp_outcome assign_new(const struct dp_pipeline *p, const struct dp_service *service,
                                    const struct dp_packet *packet)
{
    if (dp_starts_flow(packet)) {
        return schedule(p, service, packet, dp_flow_first_state(packet));
    }
    if (service->manner == DP_MANNER_STANDBY) {
        return dp_without_real(DP_STANDBY);
    }
    if (dp_flow_is_full(p->flows, p->now_ms)) {
        return without_state(p, service, packet);
    }
    if (takes_over(p, service)) {
        return take_over(p, service, packet);
    }
    if (p->snapshot->no_flow == DP_NO_FLOW_DROP || (packet->tcp_flags & DP_TCP_RST) != 0) {
        return dp_without_real(DP_NO_FLOW);
    }
    return p->snapshot->no_flow == DP_NO_FLOW_SCHEDULE
               ? schedule(p, service, packet, dp_flow_first_state(packet))
               : dp_without_real(DP_RESET_NO_FLOW);
}

// The flow's real server is down or gone: as its service wants it.
static struct dp_outcome without_its_real(const struct dp_pipeline *p,
                                          const struct dp_service *service,
                                          const struct dp_packet *packet, struct dp_flow *flow,
                                          uint64_t control)
{
    if (service->manner == DP_MANNER_STANDBY) {
        return dp_without_real(DP_STANDBY);
    }
    bool opens = dp_starts_flow(packet);
    struct dp_outcome down = {DP_REAL_DOWN, dp_flow_real_of(control)};
    if (service->on_down == DP_ON_DOWN_KEEP || service->on_down == DP_ON_DOWN_DROP ||
        !dp_flow_remove(p->flows, flow, control)) {
        return down;
    }
    if (service->on_down == DP_ON_DOWN_RESET && !opens) {
        down.reason = (packet->tcp_flags & DP_TCP_RST) != 0 ? DP_REAL_DOWN : DP_RESET_REAL_DOWN;
        return down;
    }
    // The new real server will reset a connection that it does not know: such a flow is over soon.
    return schedule(p, service, packet, opens ? dp_flow_first_state(packet) : DP_FLOW_CLOSE);
}

struct dp_outcome dp_assign(const struct dp_pipeline *p, const struct dp_service *service,
                            const struct dp_packet *packet)
{
    uint64_t control;
    struct dp_flow *flow =
        dp_flow_find(p->flows, packet, &p->snapshot->timeouts, p->now_ms, &control);
    if (flow == NULL) {
        return assign_new(p, service, packet);
    }
    uint32_t real = dp_flow_real_of(control);
    if (!dp_keeps_flows(p, real)) {
        return without_its_real(p, service, packet, flow, control);
    }
    // A SYN may reuse the ports of a closing connection.
    enum dp_flow_state state = dp_flow_state_of(control);
    bool closing = state == DP_FLOW_CLOSE || state == DP_FLOW_TIME_WAIT;
    if (closing && dp_starts_flow(packet) && dp_flow_remove(p->flows, flow, control)) {
        return schedule(p, service, packet, dp_flow_first_state(packet));
    }
    dp_flow_touch(p->flows, flow, control, packet, p->now_ms);
    return (struct dp_outcome){DP_FLOW, real};
}

enum dp_reason dp_assign_opened(const struct dp_pipeline *p, const struct dp_service *service,
                                const struct dp_packet *packet, uint32_t real)
{
    uint64_t control;
    struct dp_flow *line =
        dp_flow_find(p->flows, packet, &p->snapshot->timeouts, p->now_ms, &control);
    if (line != NULL) {
        dp_flow_touch(p->flows, line, control, packet, p->now_ms);
        return DP_FLOW;
    }
    // Where the real server has gone meanwhile, the client's next SYN begins anew.
    if (service->manner != DP_MANNER_FLOWS || !dp_keeps_flows(p, real) ||
        p->snapshot->reals[real].service != service->index) {
        return DP_STATELESS;
    }
    switch (dp_flow_reserve(p->flows, packet, p->now_ms, &line, &control)) {
    case DP_EXISTS:
        return DP_FLOW;
    case DP_RESERVED:
        break;
    default:
        return DP_STATELESS;
    }
    dp_flow_commit(p->flows, line, packet, dp_flow_first_state(packet), real, 0, p->now_ms);
    count_connection(p, service, real);
    return DP_SCHEDULED;
}

struct dp_outcome dp_assign_error(const struct dp_pipeline *p, const struct dp_service *service,
                                  const struct dp_packet *packet)
{
    if (service->manner == DP_MANNER_STANDBY) {
        return dp_without_real(DP_STANDBY);
    }
    uint64_t control;
    uint32_t real = DP_NO_REAL;
    if (dp_flow_find(p->flows, packet, &p->snapshot->timeouts, p->now_ms, &control) != NULL) {
        real = dp_flow_real_of(control);
    } else if (dp_flow_is_full(p->flows, p->now_ms)) {
        struct dp_outcome outcome = without_state(p, service, packet);
        real = outcome.reason == DP_STATELESS ? outcome.real : DP_NO_REAL;
    } else if (service->persistence_ms != 0) {
        struct dp_packet template = dp_template_of(p->flows, service, packet);
        real = by_template(p, &template).real;
    }
    if (real == DP_NO_REAL) {
        return dp_without_real(DP_ICMP_NO_FLOW);
    }
    return (struct dp_outcome){dp_keeps_flows(p, real) ? DP_ICMP_ERROR : DP_REAL_DOWN, real};
}
