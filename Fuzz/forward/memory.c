// SPDX-License-Identifier: Apache-2.0

#include "judge.h"

#include "require.h"

#include <string.h>

enum { PLACES = 4 * FRAMES_MAX };

static struct {
    uint64_t run; // entries of other runs are free
    struct dp_flow_key key;
    uint32_t real;
} places[PLACES];
static uint64_t run = 1;

void memory_forget(void)
{
    run++;
}

static uint32_t place_of(const struct dp_flow_key *key)
{
    const uint8_t *bytes = (const uint8_t *)key;
    uint32_t hash = 2166136261u; // FNV-1a
    for (size_t i = 0; i < sizeof *key; i++) {
        hash = (hash ^ bytes[i]) * 16777619u;
    }
    uint32_t place = hash % PLACES;
    while (places[place].run == run && memcmp(&places[place].key, key, sizeof *key) != 0) {
        place = (place + 1) % PLACES;
    }
    return place;
}

void memory_set(const struct dp_flow_key *key, uint32_t real)
{
    uint32_t place = place_of(key);
    places[place].run = run;
    places[place].key = *key;
    places[place].real = real;
}

uint32_t memory_get(const struct dp_flow_key *key)
{
    uint32_t place = place_of(key);
    return places[place].run == run ? places[place].real : DP_NO_REAL;
}
