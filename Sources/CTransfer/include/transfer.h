// SPDX-License-Identifier: Apache-2.0
//
// Bounded HTTP(S) requests by libcurl: a request in, a response or a stream out, nothing kept in between.
//
// Every transfer ends: by its answer, by `timeout_ms` for the whole of it, or by the first byte
// over `max_body_bytes`. Only HTTP and HTTPS are spoken; redirects are not followed; proxies, the
// environment and .netrc are not asked; no signal is raised or handled. Any thread may call, also
// several at once; a call blocks its thread until the transfer has ended. libcurl is initialised
// by the first call and stays so for the life of the process.
//
// Ownership: strings of the request are the caller's and are only read during the call. `body`
// belongs to the response until `ct_response_release`; `message` is static text.

#ifndef CT_TRANSFER_H
#define CT_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ct_request {
    const char *url;              // http:// or https://, its host goes into the Host field
    const char *unix_socket_path; // to connect to; NULL or empty: the URL's host
    uint32_t timeout_ms;          // for the whole transfer; 0, for streams only: without an end
    size_t max_body_bytes;
    bool is_post;        // else it is a GET, without a body
    const uint8_t *data; // of a POST: `data_size` bytes, NULL for none
    size_t data_size;
};

enum ct_outcome {
    CT_ANSWERED,    // status and body are set; any status, also 404 or 500
    CT_UNREACHABLE, // no connection; system_error says why, 0 when that is not known
    CT_TIMED_OUT,
    CT_TOO_LARGE, // the body has more than max_body_bytes
    CT_FAILED,    // all else: not HTTP, closed too early, out of memory
    CT_STOPPED,   // a stream that its receiver ended
};

struct ct_response {
    enum ct_outcome outcome;
    int status;          // of HTTP, 0 unless answered
    int system_error;    // errno of the connection attempt, or 0
    const char *message; // what libcurl says of a transfer without an answer, never NULL
    uint8_t *body;       // body_size bytes; NULL unless answered with at least one
    size_t body_size;
};

// Asks, and fills `response` whatever comes of it; release it afterwards.
void ct_get(const struct ct_request *request, struct ct_response *response);

// An answer of unknown length, handed on as it comes.
struct ct_stream_request {
    struct ct_request ask; // `max_body_bytes` is for an answer that is no stream
    int stop_fd;           // once it is readable the stream ends; -1: never
    // Takes a piece of the body of an answer with status 200, valid during the call; false ends the
    // stream.
    bool (*receive)(void *context, const uint8_t *bytes, size_t count);
    void *context; // the caller's
};

// Asks, and hands on what comes until it ends; the body of an answer with another status than 200
// goes to `response`. Release it afterwards.
void ct_stream(const struct ct_stream_request *request, struct ct_response *response);

// Frees the body and leaves an empty response behind.
void ct_response_release(struct ct_response *response);

#endif
