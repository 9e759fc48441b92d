// SPDX-License-Identifier: Apache-2.0

#ifndef DP_TAP_H
#define DP_TAP_H

#include "CDataPlane.h"
#include "told.h"

struct bpf_object;

struct dp_tap {
    struct bpf_object *object;
    int filter_fd, guard_fd;  // programs, owned by the object
    int vips_fd, services_fd; // maps, likewise
    int groups_fd;            // the socket that is a member of the multicast groups
    struct dp_told vips, services, groups;
};

#endif
