// SPDX-License-Identifier: Apache-2.0
//
// What all kinds of transfer need: libcurl's start, an easy handle's options, a bounded body.

#ifndef CT_EASY_H
#define CT_EASY_H

#include "transfer.h"

#include <curl/curl.h>
#include <stdbool.h>

// Initialises libcurl, once; any thread may call.
CURLcode ct_library_start(void);

// A body that grows by doubling and never beyond `limit`.
struct ct_body {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    size_t limit;
    bool over_limit;
};

// False when it would be over the limit, which it remembers, or when memory is short.
bool ct_body_append(struct ct_body *body, const char *data, size_t count);

// A handle with the request's options but for where its body goes; NULL and `code` when there is
// none. To be ended with curl_easy_cleanup().
CURL *ct_easy_create(const struct ct_request *request, CURLcode *code);

// Fills the response but for its body.
void ct_easy_conclude(CURL *easy, CURLcode code, bool over_limit, struct ct_response *response);

#endif
