// SPDX-License-Identifier: Apache-2.0
//
// See easy.h.

#include "easy.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static CURLcode library_state = CURLE_FAILED_INIT;

static void start_library(void)
{
    library_state = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool reserve(struct ct_body *body, size_t needed)
{
    size_t capacity = body->capacity ? body->capacity : 4096;
    while (capacity < needed)
        capacity = capacity > body->limit / 2 ? body->limit : capacity * 2;
    if (capacity == body->capacity)
        return true;
    uint8_t *bytes = realloc(body->bytes, capacity);
    if (bytes == NULL)
        return false;
    body->bytes = bytes;
    body->capacity = capacity;
    return true;
}

CURLcode ct_library_start(void)
{
    pthread_once(&library_once, start_library);
    return library_state;
}

bool ct_body_append(struct ct_body *body, const char *data, size_t count)
{
    if (count > body->limit - body->size) {
        body->over_limit = true;
        return false;
    }
    if (!reserve(body, body->size + count))
        return false;
    memcpy(body->bytes + body->size, data, count);
    body->size += count;
    return true;
}

// With more than 1 MiB libcurl would ask first whether the body is wanted (RFC 9110 section 10.1.1),
// and wait a second for a server that does not say so. It only reads the list.
static char expect_line[] = "Expect:";
static struct curl_slist no_expectation = {.data = expect_line};

static CURLcode prepare_post(CURL *easy, const struct ct_request *request)
{
    const char *data = request->data != NULL ? (const char *)request->data : "";
    CURLcode code = curl_easy_setopt(easy, CURLOPT_POST, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->data_size);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, data);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, &no_expectation);
    return code;
}

static CURLcode prepare(CURL *easy, const struct ct_request *request)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, request->url);
    if (code == CURLE_OK && request->unix_socket_path != NULL)
        code = curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request->unix_socket_path);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    if (code == CURLE_OK && request->is_post)
        code = prepare_post(easy, request);
    return code;
}

CURL *ct_easy_create(const struct ct_request *request, CURLcode *code)
{
    *code = ct_library_start();
    CURL *easy = *code == CURLE_OK ? curl_easy_init() : NULL;
    if (easy == NULL) {
        *code = *code == CURLE_OK ? CURLE_FAILED_INIT : *code;
        return NULL;
    }
    *code = prepare(easy, request);
    if (*code != CURLE_OK) {
        curl_easy_cleanup(easy);
        return NULL;
    }
    return easy;
}

static enum ct_outcome outcome_of(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return CT_ANSWERED;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
        return CT_UNREACHABLE;
    case CURLE_OPERATION_TIMEDOUT:
        return CT_TIMED_OUT;
    default:
        return CT_FAILED;
    }
}

void ct_easy_conclude(CURL *easy, CURLcode code, bool over_limit, struct ct_response *response)
{
    long status = 0;
    long system_error = 0;
    if (easy != NULL) {
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &system_error);
    }
    response->outcome = over_limit ? CT_TOO_LARGE : outcome_of(code);
    response->status = response->outcome == CT_ANSWERED ? (int)status : 0;
    response->system_error = (int)system_error;
    response->message = curl_easy_strerror(code);
}
