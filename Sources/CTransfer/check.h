// SPDX-License-Identifier: Apache-2.0
//
// One health check's transfer, without the waiting: what it asks, what it takes in, what it came to.

#ifndef CT_CHECK_H
#define CT_CHECK_H

#include "checker.h"
#include "easy.h"

// It stays where it is from ct_check_prepare() to ct_check_close(): libcurl points to it.
struct ct_check {
    CURL *easy;
    struct curl_slist *headers;
    struct curl_slist *connect_to;
    uint32_t mark;
    bool wants_body;
    bool is_connected;     // libcurl waits for what the server says
    bool has_enough;       // it ended itself because nothing more was wanted
    enum ct_check_end end; // why it ended itself otherwise; CT_CHECK_ANSWERED: it did not
    int system_error;      // with CT_CHECK_NO_MARK
    size_t header_size;    // so far
    struct ct_body body;
    size_t *bodies_size; // of all checks; the checker's thread alone touches it
    char message[CURL_ERROR_SIZE];
};

// Makes the transfer; close it whatever comes of it. `bodies_size` outlives it.
CURLcode ct_check_prepare(struct ct_check *check, const struct ct_check_request *request,
                          const char *trust_store, size_t *bodies_size);

// Says what it came to, in pieces of the check.
void ct_check_conclude(struct ct_check *check, CURLcode code, struct ct_check_answer *answer);

// Ends it but for its body, which is the caller's to free, and its message.
void ct_check_close(struct ct_check *check);

#endif
