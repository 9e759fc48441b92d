// SPDX-License-Identifier: Apache-2.0

#include "judge.h"

#include "require.h"

#include <string.h>

enum { REALS = 64 };

static void count_line(const struct dp_flow_table *flows, uint64_t number,
                       struct dp_flow_counts counts[REALS])
{
    uint64_t control = flows->lines[number].control;
    uint32_t real = dp_flow_real_of(control);
    require(real < REALS);
    require((flows->occupied[number / 64] >> number % 64 & 1) != 0);
    switch (dp_flow_state_of(control)) {
    case DP_FLOW_SYN_RECV:
    case DP_FLOW_ESTABLISHED:
        counts[real].active++;
        break;
    case DP_FLOW_TEMPLATE:
        counts[real].persistent++;
        break;
    case DP_FLOW_FRAGMENT:
        break;
    default:
        require(dp_flow_state_of(control) != DP_FLOW_BUSY);
        counts[real].inactive++;
    }
}

// Where no client's template goes past it, the upper threshold holds.
static void judge_threshold(const struct judge *judge, uint32_t index, uint32_t flows)
{
    const struct dp_real_input *real = real_in(judge->table, index);
    if (real != NULL && real->upper_threshold != 0 &&
        service_of_real(judge->table, index)->persistence_s == 0) {
        require(flows <= real->upper_threshold);
    }
}

void judge_counts(const struct judge *judge)
{
    const struct dp_flow_table *flows = judge->forwarder->flows;
    struct dp_flow_counts counts[REALS];
    memset(counts, 0, sizeof counts);
    uint64_t count = 0;
    for (uint64_t i = 0; i < flows->line_count + DP_FLOW_WINDOW; i++) {
        if (dp_flow_state_of(flows->lines[i].control) != DP_FLOW_FREE) {
            count_line(flows, i, counts);
            count++;
        }
    }
    require(count == flows->count && count <= flows->capacity);
    for (uint32_t i = 0; i < REALS; i++) {
        require(counts[i].active == dp_forwarder_active_flows(judge->forwarder, i));
        require(counts[i].inactive == dp_forwarder_inactive_flows(judge->forwarder, i));
        require(counts[i].persistent == dp_forwarder_templates(judge->forwarder, i));
        judge_threshold(judge, i, counts[i].active + counts[i].inactive);
    }
}

// Exits that a fragment takes which waited: no outcome says them.
static bool is_of_waiting(enum dp_reason reason)
{
    return reason == DP_FRAGMENT || reason == DP_REAL_DOWN || reason == DP_FRAGMENT_LOST ||
           reason == DP_HOST_FRAGMENT;
}

void judge_end(struct judge *judge)
{
    uint64_t sum = 0;
    for (int i = 0; i < DP_REASON_COUNT; i++) {
        enum dp_reason reason = (enum dp_reason)i;
        uint64_t exits = dp_forwarder_exits(judge->forwarder, reason);
        require(exits == judge->exits[i] || (exits > judge->exits[i] && is_of_waiting(reason)));
        sum += exits;
    }
    require(sum == judge->received + judge->exits[DP_FRAGMENT_HELD]);
    require(judge->waiting_count == 0);
    judge_counts(judge);
    require(dp_forwarder_flow_count(judge->forwarder) == 0);
}
