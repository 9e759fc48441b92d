// SPDX-License-Identifier: Apache-2.0

#ifndef DP_SERVICE_H
#define DP_SERVICE_H

#include "snapshot.h"

// The virtual service that a whole TCP or UDP packet is for, or NULL.
static inline const struct dp_service *dp_service_find(const struct dp_snapshot *snapshot,
                                                       const struct dp_packet *packet)
{
    if (packet->kind != DP_KIND_TRANSPORT) {
        return NULL;
    }
    uint32_t value = dp_snapshot_find(snapshot, &packet->key.vip, packet->key.service_port_be,
                                      (uint16_t)packet->key.protocol);
    return value == 0 ? NULL : &snapshot->services[value - 1];
}

#endif
