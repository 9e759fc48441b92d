// SPDX-License-Identifier: Apache-2.0
//
// See include/transfer.h for the contract. A transfer has an easy handle of its own, made and
// destroyed by the call; its body grows by doubling and never beyond the request's limit.

#include "transfer.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// What the write callback collects into.
struct ct_body {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    size_t limit;
    bool over_limit;
};

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

// libcurl's write callback: any other result than `count` ends the transfer.
static size_t append(char *data, size_t size, size_t count, void *context)
{
    struct ct_body *body = context;
    (void)size; // always 1
    if (count > body->limit - body->size) {
        body->over_limit = true;
        return 0;
    }
    if (!reserve(body, body->size + count))
        return 0;
    memcpy(body->bytes + body->size, data, count);
    body->size += count;
    return count;
}

static CURLcode prepare(CURL *easy, const struct ct_request *request, struct ct_body *body)
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
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, append);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
    return code;
}

static enum ct_outcome outcome_of(CURLcode code, const struct ct_body *body)
{
    if (body->over_limit)
        return CT_TOO_LARGE;
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

static CURLcode perform(CURL *easy, const struct ct_request *request, struct ct_body *body,
                        struct ct_response *response)
{
    CURLcode code = prepare(easy, request, body);
    if (code == CURLE_OK)
        code = curl_easy_perform(easy);
    long status = 0;
    long system_error = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &system_error);
    response->status = code == CURLE_OK ? (int)status : 0;
    response->system_error = (int)system_error;
    return code;
}

void ct_get(const struct ct_request *request, struct ct_response *response)
{
    struct ct_body body = {.limit = request->max_body_bytes};
    *response = (struct ct_response){.outcome = CT_FAILED};

    pthread_once(&library_once, start_library);
    CURLcode code = library_state;
    CURL *easy = code == CURLE_OK ? curl_easy_init() : NULL;
    if (easy != NULL) {
        code = perform(easy, request, &body, response);
        curl_easy_cleanup(easy);
    } else if (code == CURLE_OK) {
        code = CURLE_FAILED_INIT;
    }

    response->message = curl_easy_strerror(code);
    response->outcome = outcome_of(code, &body);
    if (response->outcome == CT_ANSWERED) {
        response->body = body.bytes;
        response->body_size = body.size;
    } else {
        free(body.bytes);
    }
}

void ct_response_release(struct ct_response *response)
{
    free(response->body);
    *response = (struct ct_response){.message = ""};
}
