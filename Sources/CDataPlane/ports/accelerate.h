// SPDX-License-Identifier: Apache-2.0

#ifndef DP_ACCELERATE_H
#define DP_ACCELERATE_H

#include "../snapshot.h"

struct dp_accelerator;

// Control, around the publication of `table`: what changes is userspace's alone from `withdraw` on,
// and is told to the program by `tell`, after it.
void dp_accelerator_withdraw(struct dp_accelerator *accelerator, const struct dp_table_input *table,
                             const struct dp_snapshot *snapshot);
void dp_accelerator_tell(struct dp_accelerator *accelerator, const struct dp_table_input *table);

// Control. From now on another XDP program gets the frames that this one leaves. 0 or -errno.
int dp_accelerator_leave_rest(const struct dp_accelerator *accelerator, int program);

// What the program has sent. `connections` are 0.
struct dp_traffic dp_accelerator_service_traffic(const struct dp_accelerator *accelerator,
                                                 uint32_t index);
struct dp_traffic dp_accelerator_real_traffic(const struct dp_accelerator *accelerator,
                                              uint32_t index);

#endif
