// SPDX-License-Identifier: Apache-2.0
//
// Arguments `name=value`.

#include "words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void fail(const char *what, int code)
{
    fprintf(stderr, "lvsdr-traffic: %s%s%s\n", what, code != 0 ? ": " : "",
            code != 0 ? strerror(code) : "");
    exit(EXIT_FAILURE);
}

static _Noreturn void refuse(const char *name, const char *expected)
{
    fprintf(stderr, "lvsdr-traffic: %s= takes %s\n", name, expected);
    exit(EXIT_FAILURE);
}

const char *word_text(const struct words *words, const char *name)
{
    size_t length = strlen(name);
    for (int i = 0; i < words->count; i++) {
        if (strncmp(words->list[i], name, length) == 0 && words->list[i][length] == '=') {
            return words->list[i] + length + 1;
        }
    }
    refuse(name, "a value, and none is given");
}

uint64_t word_number(const struct words *words, const char *name, uint64_t low, uint64_t high)
{
    char *end;
    const char *text = word_text(words, name);
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text || number < low || number > high) {
        char range[64];
        snprintf(range, sizeof range, "%llu to %llu", (unsigned long long)low,
                 (unsigned long long)high);
        refuse(name, range);
    }
    return number;
}

void word_mac(const struct words *words, const char *name, uint8_t mac[6])
{
    unsigned int bytes[6];
    if (sscanf(word_text(words, name), "%2x:%2x:%2x:%2x:%2x:%2x", &bytes[0], &bytes[1], &bytes[2],
               &bytes[3], &bytes[4], &bytes[5]) != 6) {
        refuse(name, "a MAC address");
    }
    for (int i = 0; i < 6; i++) {
        mac[i] = (uint8_t)bytes[i];
    }
}

void word_address(const struct words *words, const char *name, int family, uint8_t *address)
{
    if (inet_pton(family, word_text(words, name), address) != 1) {
        refuse(name, family == AF_INET ? "an IPv4 address" : "an IPv6 address");
    }
}

uint32_t word_interface(const struct words *words, const char *name)
{
    uint32_t interface = if_nametoindex(word_text(words, name));
    if (interface == 0) {
        refuse(name, "an interface of the namespace");
    }
    return interface;
}
