// SPDX-License-Identifier: Apache-2.0
//
// See include/transfer.h for the contract. libcurl's multi interface, because its wait can look at
// one more descriptor.

#include "easy.h"

#include <stdlib.h>

enum { STATUS_OK = 200, WAIT_MS = 1000 };

// What the write callback works on.
struct stream {
    const struct ct_stream_request *request;
    CURL *easy;
    struct ct_body problem; // the body of an answer that is no stream
    bool refused;           // the receiver wants no more
};

static size_t pass_on(char *data, size_t size, size_t count, void *context)
{
    struct stream *stream = context;
    long status = 0;
    (void)size; // always 1
    curl_easy_getinfo(stream->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != STATUS_OK)
        return ct_body_append(&stream->problem, data, count) ? count : 0;
    const struct ct_stream_request *request = stream->request;
    stream->refused = !request->receive(request->context, (const uint8_t *)data, count);
    return stream->refused ? 0 : count;
}

// The transfer's end, when it has come to one.
static bool is_done(CURLM *multi, CURLcode *code)
{
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left)) != NULL;) {
        if (message->msg == CURLMSG_DONE) {
            *code = message->data.result;
            return true;
        }
    }
    return false;
}

// Goes on until the transfer has ended; true when the stop descriptor ended it.
static bool drive(CURLM *multi, int stop_fd, CURLcode *code)
{
    struct curl_waitfd stop = {.fd = stop_fd, .events = CURL_WAIT_POLLIN};
    unsigned int extra = stop_fd >= 0 ? 1 : 0;
    for (;;) {
        int running = 0;
        *code = CURLE_FAILED_INIT;
        if (curl_multi_perform(multi, &running) != CURLM_OK || is_done(multi, code))
            return false;
        if (curl_multi_poll(multi, &stop, extra, WAIT_MS, NULL) != CURLM_OK)
            return false;
        if (stop.revents != 0)
            return true;
    }
}

static bool run(struct stream *stream, CURLcode *code)
{
    CURLM *multi = curl_multi_init();
    bool stopped = false;
    *code = multi == NULL ? CURLE_OUT_OF_MEMORY : CURLE_OK;
    if (*code == CURLE_OK)
        *code = curl_easy_setopt(stream->easy, CURLOPT_WRITEFUNCTION, pass_on);
    if (*code == CURLE_OK)
        *code = curl_easy_setopt(stream->easy, CURLOPT_WRITEDATA, stream);
    if (*code == CURLE_OK && curl_multi_add_handle(multi, stream->easy) == CURLM_OK) {
        stopped = drive(multi, stream->request->stop_fd, code);
        curl_multi_remove_handle(multi, stream->easy);
    }
    curl_multi_cleanup(multi);
    return stopped;
}

void ct_stream(const struct ct_stream_request *request, struct ct_response *response)
{
    *response = (struct ct_response){.outcome = CT_FAILED};
    CURLcode code;
    bool stopped = false;
    struct stream stream = {.request = request,
                            .easy = ct_easy_create(&request->ask, &code),
                            .problem = {.limit = request->ask.max_body_bytes}};
    if (stream.easy != NULL)
        stopped = run(&stream, &code);
    ct_easy_conclude(stream.easy, code, stream.problem.over_limit, response);
    if (stopped || stream.refused)
        response->outcome = CT_STOPPED;
    curl_easy_cleanup(stream.easy);
    if (response->outcome == CT_ANSWERED) {
        response->body = stream.problem.bytes;
        response->body_size = stream.problem.size;
    } else {
        free(stream.problem.bytes);
    }
}
