// SPDX-License-Identifier: Apache-2.0
//
// The network that the fuzzed frames run in: its addresses, and the forwarding tables. All in one
// place, so that frames meet services.

#ifndef FUZZ_NETWORK_H
#define FUZZ_NETWORK_H

#include "CDataPlane.h"

enum {
    INGRESS = 2, // interface indexes
    SECOND_INTERFACE = 3,
    VIP_COUNT = 8,
    CLIENT_COUNT = 16,
};

extern const uint8_t director_mac[DP_MAC_LENGTH];
extern const uint8_t second_mac[DP_MAC_LENGTH];

// The last of each are strange: what no host should have as its address. Number 0 to 2 and 3 to 4 of
// the VIPs have services, 5 and 6 are none, 7 is a group.
struct dp_ip vip_numbered(uint8_t number);
struct dp_ip client_numbered(uint8_t number, bool ipv6);
bool is_ipv6(const struct dp_ip *address);

// A port that a service has, or that is beside one.
uint16_t service_port_numbered(uint8_t number);

// What does not change while an input runs.
struct character {
    uint8_t schedulers; // by how much the services' schedulers are turned
    uint8_t policies;
    uint8_t times;
};

// The table at a stage of the run: what is up, what has weight, what is there at all. It stays until
// the next call. `stage` 0: all is well.
const struct dp_table_input *table_at(const struct character *character, uint8_t stage);

// The table's own words on things in it; NULL when it has no such thing.
const struct dp_real_input *real_in(const struct dp_table_input *table, uint32_t index);
const struct dp_service_input *service_of_real(const struct dp_table_input *table, uint32_t index);
// Some service of the VIP.
const struct dp_service_input *service_of_vip(const struct dp_table_input *table,
                                              const struct dp_ip *vip);

#endif
