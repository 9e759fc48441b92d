// SPDX-License-Identifier: Apache-2.0
//
// What the XDP program may send, with each publication: the real servers, by index. Shared memory, no
// system call on the way. Control thread.

#include "accelerate_state.h"

#include <string.h>

// Whether frames can be redirected to the interface: many drivers take them only where a program is.
static bool is_way_out(struct dp_accelerator *accelerator, uint32_t interface)
{
    if (interface == accelerator->ingress) {
        return true;
    }
    for (uint32_t i = 0; i < accelerator->egress_count; i++) {
        if (accelerator->egress[i].interface == interface) {
            return accelerator->egress[i].link >= 0;
        }
    }
    if (accelerator->egress_count == DP_EGRESS_MAX) {
        return false;
    }
    struct dp_egress *egress = &accelerator->egress[accelerator->egress_count++];
    *egress =
        (struct dp_egress){interface, dp_accelerator_link(accelerator, "lvsdr_egress", interface)};
    return egress->link >= 0;
}

bool dp_is_for_program(const struct dp_service_input *service)
{
    return !service->waits && !service->one_packet && service->persistence_s == 0 &&
           service->range_count == 1;
}

static bool is_sent_to(const struct dp_real_input *real)
{
    return real->usable && !real->down && real->upper_threshold == 0;
}

static struct dp_fast_real fast_real(struct dp_accelerator *accelerator,
                                     const struct dp_table_input *table,
                                     const struct dp_service_input *service,
                                     const struct dp_real_input *real)
{
    struct dp_fast_real fast = {0};
    if (!dp_is_for_program(service) || !is_sent_to(real) ||
        !is_way_out(accelerator, real->egress)) {
        return fast;
    }
    memcpy(fast.header, real->mac, DP_MAC_LENGTH);
    memcpy(fast.header + DP_MAC_LENGTH, real->egress_mac, DP_MAC_LENGTH);
    fast.egress = real->egress;
    fast.state = 1;
    fast.service = service->index;
    fast.first_port = table->ranges[service->first_range].first;
    fast.last_port = table->ranges[service->first_range].last;
    return fast;
}

// Whether it is left to userspace, however its real servers are.
static bool is_left(const struct dp_table_input *table, const struct dp_service_input *service)
{
    bool all_have_thresholds = service->real_count > 0;
    for (uint32_t i = 0; i < service->real_count && all_have_thresholds; i++) {
        all_have_thresholds = table->reals[service->first_real + i].upper_threshold != 0;
    }
    return !dp_is_for_program(service) || all_have_thresholds;
}

static void want(struct dp_accelerator *accelerator, const struct dp_table_input *table)
{
    memset(accelerator->wanted, 0, accelerator->real_end * sizeof *accelerator->wanted);
    accelerator->services.in_userspace = 0;
    for (uint32_t i = 0; i < table->service_count; i++) {
        const struct dp_service_input *service = &table->services[i];
        accelerator->services.in_userspace += is_left(table, service);
        if (service->index >= accelerator->service_end) {
            accelerator->service_end = service->index + 1;
        }
        for (uint32_t k = 0; k < service->real_count; k++) {
            const struct dp_real_input *real = &table->reals[service->first_real + k];
            accelerator->wanted[real->index] = fast_real(accelerator, table, service, real);
            if (real->index >= accelerator->real_end) {
                accelerator->real_end = real->index + 1;
            }
        }
    }
}

// Whether the program reads of the real server what it is to read.
static bool is_told(const struct dp_fast_real *fast, const struct dp_fast_real *wanted)
{
    struct dp_fast_real told = *fast;
    told.state = told.state != 0;
    return memcmp(&told, wanted, sizeof told) == 0;
}

static void set_state(struct dp_fast_real *fast, uint32_t state)
{
    // Whoever reads this reads what was written before it.
    __atomic_store_n(&fast->state, state, __ATOMIC_RELEASE);
}

void dp_accelerator_withdraw(struct dp_accelerator *accelerator, const struct dp_table_input *table,
                             const struct dp_snapshot *snapshot)
{
    want(accelerator, table);
    dp_slots_withdraw(accelerator, table, snapshot);
    struct dp_accelerated_services *services = &accelerator->services;
    services->by_lines = table->service_count - services->in_userspace - services->by_slots;
    uint64_t mac = 0;
    memcpy(&mac, table->ingress_mac, DP_MAC_LENGTH);
    struct dp_fast_settings *settings = accelerator->settings;
    if (settings->mac != mac || (settings->preserves_source != 0) != table->preserve_source_mac) {
        settings->enabled = 0;
    }
    for (uint32_t i = 0; i < accelerator->real_end; i++) {
        if (accelerator->reals[i].state != 0 &&
            !is_told(&accelerator->reals[i], &accelerator->wanted[i])) {
            set_state(&accelerator->reals[i], 0);
        }
    }
}

static void tell_real(struct dp_accelerator *accelerator, uint32_t index)
{
    struct dp_fast_real *fast = &accelerator->reals[index];
    const struct dp_fast_real *wanted = &accelerator->wanted[index];
    if (wanted->state == 0 || is_told(fast, wanted)) {
        return;
    }
    // Its state is 0: nobody uses what is written now. Never 0 again, and not soon the same.
    memcpy(fast, wanted, offsetof(struct dp_fast_real, state));
    fast->service = wanted->service;
    fast->first_port = wanted->first_port;
    fast->last_port = wanted->last_port;
    accelerator->generation += accelerator->generation == UINT32_MAX ? 2 : 1;
    set_state(fast, accelerator->generation);
}

void dp_accelerator_tell(struct dp_accelerator *accelerator, const struct dp_table_input *table)
{
    struct dp_fast_settings *settings = accelerator->settings;
    struct dp_timeouts timeouts = dp_timeouts_of(table);
    for (int i = 0; i < DP_FLOW_STATES; i++) {
        settings->timeout_ms[i] = timeouts.by_state_ms[i];
    }
    uint64_t mac = 0;
    memcpy(&mac, table->ingress_mac, DP_MAC_LENGTH);
    settings->mac = mac;
    settings->ingress = table->ingress;
    settings->preserves_source = table->preserve_source_mac;
    for (uint32_t i = 0; i < accelerator->real_end; i++) {
        tell_real(accelerator, i);
    }
    accelerator->is_told = true;
    dp_accelerator_suspend(accelerator, accelerator->suspended);
}

struct dp_accelerated_services dp_accelerator_services(const struct dp_accelerator *accelerator)
{
    return accelerator->services;
}

void dp_accelerator_suspend(struct dp_accelerator *accelerator, bool suspended)
{
    accelerator->suspended = suspended;
    uint32_t enabled = accelerator->is_told && !suspended;
    __atomic_store_n(&accelerator->settings->enabled, enabled, __ATOMIC_RELEASE);
}
