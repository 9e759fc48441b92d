// SPDX-License-Identifier: Apache-2.0
//
// Services of several ports. In: a key whose port has no entry of its own. Out: the service that has
// it within a range, or has any port. Worker thread.

#include "service.h"

#include <arpa/inet.h>

static const struct dp_range *range_of(const struct dp_range *ranges, uint32_t count,
                                       uint32_t protocol, uint16_t port)
{
    while (count > 0) {
        const struct dp_range *middle = &ranges[count / 2];
        bool before =
            middle->protocol != protocol ? protocol < middle->protocol : port < middle->first;
        if (!before && middle->protocol == protocol && port <= middle->last) {
            return middle;
        }
        ranges = before ? ranges : middle + 1;
        count = before ? count / 2 : count - count / 2 - 1;
    }
    return NULL;
}

const struct dp_service *dp_service_of_range(const struct dp_snapshot *snapshot,
                                             const struct dp_flow_key *key)
{
    const struct dp_entry *vip = dp_snapshot_entry(snapshot, &key->vip, 0);
    if (vip->value == 0) {
        return NULL;
    }
    const struct dp_range *range = range_of(snapshot->ranges + vip->first_range, vip->range_count,
                                            key->protocol, ntohs(key->service_port_be));
    if (range != NULL) {
        return &snapshot->services[range->service];
    }
    return dp_snapshot_entry(snapshot, &key->vip, dp_entry_name(0, key->protocol))->service;
}
