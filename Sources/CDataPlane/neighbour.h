// SPDX-License-Identifier: Apache-2.0

#ifndef DP_NEIGHBOUR_H
#define DP_NEIGHBOUR_H

#include "frame.h"

// The address that a packet of DP_KIND_NEIGHBOUR asks for; of a message that is too short for one the
// address that it came to.
union dp_address dp_solicitation_asks(const struct dp_frame *frame, const struct dp_packet *packet);

// Whether the solicitation is valid (RFC 4861 section 7.1.1, RFC 6980 section 5), and whoever
// sent it can be answered.
bool dp_solicitation_checks_out(const struct dp_frame *frame, const struct dp_packet *packet);

#endif
