// SPDX-License-Identifier: Apache-2.0
//
// One measurement: sends for a while, and says what was sent, what arrived, and how busy the
// director's CPU was in between.
#ifndef TRAFFIC_MEASURE_H
#define TRAFFIC_MEASURE_H

#include "words.h"

void measure(const struct words *words);

#endif
