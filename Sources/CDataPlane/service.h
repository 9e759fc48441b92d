// SPDX-License-Identifier: Apache-2.0
//
// (VIP, vport, protocol) -> virtual service. Worker thread, once a frame.

#ifndef DP_SERVICE_H
#define DP_SERVICE_H

#include "snapshot.h"

// dp_service_find() for ports that have no entry of their own: those of ranges, and any port.
const struct dp_service *dp_service_of_range(const struct dp_snapshot *snapshot,
                                             const struct dp_flow_key *key);

// The virtual service that packets of such a flow are for, or NULL.
static inline const struct dp_service *dp_service_find(const struct dp_snapshot *snapshot,
                                                       const struct dp_flow_key *key)
{
    uint32_t name = dp_entry_name(key->service_port_be, key->protocol);
    const struct dp_entry *entry = dp_snapshot_entry(snapshot, &key->vip, name);
    return entry->value != 0 ? entry->service : dp_service_of_range(snapshot, key);
}

// The same, when the packet before was often for the same port: `last` is the entry that was found
// last, at first any.
static inline const struct dp_service *dp_service_find_next(const struct dp_snapshot *snapshot,
                                                            const struct dp_flow_key *key,
                                                            const struct dp_entry **last)
{
    uint32_t name = dp_entry_name(key->service_port_be, key->protocol);
    if (!dp_entry_is(*last, &key->vip, name)) {
        *last = dp_snapshot_entry(snapshot, &key->vip, name);
    }
    return (*last)->value != 0 ? (*last)->service : dp_service_of_range(snapshot, key);
}

#endif
