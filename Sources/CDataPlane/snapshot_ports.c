// SPDX-License-Identifier: Apache-2.0
//
// Which ports of which VIP belong to which service, while a snapshot is built. In: the services' port
// ranges. Out: an entry for each VIP, each single port and each "any port"; sorted ranges for the
// others. Control thread.

#include "snapshot.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

static struct dp_entry *add_entry(struct dp_snapshot *snapshot, const union dp_address *vip,
                                  uint32_t name, uint32_t value, bool *is_new)
{
    struct dp_entry *entry = dp_snapshot_entry(snapshot, vip, name);
    *is_new = entry->value == 0;
    if (*is_new) {
        *entry = (struct dp_entry){.vip = *vip, .port_and_protocol = name, .value = value};
    }
    return entry;
}

static int add_vip(struct dp_snapshot *snapshot, const struct dp_service_input *service,
                   uint32_t *place)
{
    union dp_address vip = dp_address_of(&service->vip);
    uint32_t flags = DP_VIP_PRESENT | (service->owned ? DP_VIP_OWNED : 0);
    bool is_new;
    const struct dp_entry *entry = add_entry(snapshot, &vip, 0, flags, &is_new);
    if (entry->value != flags) {
        return -EEXIST;
    }
    if (is_new && service->owned) {
        snapshot->owned_vips[snapshot->owned_vip_count++] = vip;
    }
    *place = (uint32_t)(entry - snapshot->entries);
    return 0;
}

int dp_snapshot_add_ports(struct dp_snapshot *snapshot, const struct dp_table_input *table,
                          const struct dp_service_input *service)
{
    uint32_t place;
    int error = add_vip(snapshot, service, &place);
    union dp_address vip = dp_address_of(&service->vip);
    for (uint32_t i = 0; i < service->range_count && error == 0; i++) {
        struct dp_port_range range = table->ranges[service->first_range + i];
        if (range.first == range.last || range.first == 0) {
            bool is_new;
            uint32_t name = dp_entry_name(htons(range.first), service->transport);
            struct dp_entry *entry = add_entry(snapshot, &vip, name, service->index + 1, &is_new);
            entry->service = is_new ? &snapshot->services[service->index] : entry->service;
            error = is_new ? 0 : -EEXIST;
        } else {
            snapshot->ranges[snapshot->range_count++] =
                (struct dp_range){.first = range.first,
                                  .last = range.last,
                                  .protocol = service->transport,
                                  .service = service->index,
                                  .vip = place};
        }
    }
    return error;
}

static int compare(const void *left, const void *right)
{
    const struct dp_range *a = left, *b = right;
    if (a->vip != b->vip) {
        return a->vip < b->vip ? -1 : 1;
    }
    if (a->protocol != b->protocol) {
        return a->protocol < b->protocol ? -1 : 1;
    }
    return (int)a->first - (int)b->first;
}

int dp_snapshot_sort_ranges(struct dp_snapshot *snapshot)
{
    struct dp_range *ranges = snapshot->ranges;
    qsort(ranges, snapshot->range_count, sizeof *ranges, compare);
    for (uint32_t i = 0; i < snapshot->range_count; i++) {
        struct dp_entry *vip = &snapshot->entries[ranges[i].vip];
        vip->first_range = vip->range_count == 0 ? i : vip->first_range;
        vip->range_count++;
        if (i > 0 && ranges[i - 1].vip == ranges[i].vip &&
            ranges[i - 1].protocol == ranges[i].protocol && ranges[i - 1].last >= ranges[i].first) {
            return -EEXIST;
        }
    }
    return 0;
}
