// SPDX-License-Identifier: Apache-2.0
//
// What the program was asked for: arguments `name=value`, and a sentence and status 1 where one is
// missing or does not fit.
#ifndef TRAFFIC_WORDS_H
#define TRAFFIC_WORDS_H

#include <stdint.h>

struct words {
    int count;
    char *const *list;
};

// Says what failed, with errno's words where `code` is not 0, and ends the program.
_Noreturn void fail(const char *what, int code);

const char *word_text(const struct words *words, const char *name);
uint64_t word_number(const struct words *words, const char *name, uint64_t low, uint64_t high);
// Six bytes of `02:00:00:00:00:0a`.
void word_mac(const struct words *words, const char *name, uint8_t mac[6]);
// An address of AF_INET or AF_INET6 as on the wire.
void word_address(const struct words *words, const char *name, int family, uint8_t *address);
// An interface of the namespace that the thread is in.
uint32_t word_interface(const struct words *words, const char *name);

#endif
