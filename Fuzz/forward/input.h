// SPDX-License-Identifier: Apache-2.0

#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

// What is left of the fuzzer's input; behind its end stand zeros.
struct input {
    const uint8_t *data;
    size_t left;
};

static inline uint8_t take(struct input *input)
{
    if (input->left == 0) {
        return 0;
    }
    input->left--;
    return *input->data++;
}

#endif
