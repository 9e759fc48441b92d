// SPDX-License-Identifier: Apache-2.0
//
// Memory of a worker's counters, and the table of the pipeline's exits. Control thread.

#include "counter.h"

#include <stdlib.h>

const uint8_t dp_verdict_of[DP_REASON_COUNT] = {
#define DP_REASON_VERDICT(name, verdict, text) [DP_##name] = verdict,
    DP_REASONS(DP_REASON_VERDICT)
#undef DP_REASON_VERDICT
};

static const char *const names[] = {
#define DP_REASON_NAME(name, verdict, text) [DP_##name] = text,
    DP_REASONS(DP_REASON_NAME)
#undef DP_REASON_NAME
};

enum dp_verdict dp_reason_verdict(enum dp_reason reason)
{
    return (enum dp_verdict)dp_verdict_of[reason];
}

const char *dp_reason_name(enum dp_reason reason)
{
    return names[reason];
}

bool dp_counters_create(struct dp_counters *counters)
{
    counters->services = calloc(DP_SERVICE_CAPACITY, sizeof *counters->services);
    counters->reals = calloc(DP_REAL_CAPACITY, sizeof *counters->reals);
    return counters->services != NULL && counters->reals != NULL;
}

void dp_counters_destroy(struct dp_counters *counters)
{
    free(counters->services);
    free(counters->reals);
}

struct dp_traffic dp_traffic_read(const struct dp_traffic_counters *counters)
{
    return (struct dp_traffic){.connections = dp_counter_read(&counters->connections),
                               .packets = dp_counter_read(&counters->packets),
                               .bytes = dp_counter_read(&counters->bytes)};
}
