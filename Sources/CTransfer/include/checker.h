// SPDX-License-Identifier: Apache-2.0
//
// Many HTTP(S) health checks at once by libcurl: one thread of its own does all the waiting.
//
// A check is one request on a fresh connection, and it always ends: with its answer, with the first
// byte that is over a limit, with `timeout_ms` for the whole of it, or cancelled. It asks no DNS, no
// proxy, no environment and no .netrc; it follows no redirect, keeps no cookie, TLS session or
// connection, and never decompresses a content encoding. A check that does not want the body ends
// with the blank line behind the header.
//
// Bounds: CT_CHECK_HEADER_LIMIT bytes of header a check, those of 1xx answers and trailers among
// them; CT_CHECK_BODY_LIMIT bytes of body a check that wants it, and CT_CHECK_BODIES_LIMIT for all
// checks together.
//
// Connections are reset (SO_LINGER 0), not closed in order: a director makes thousands a second, and
// each would leave a socket in TIME_WAIT for a minute (RFC 9293 section 3.6), here or at the real
// server. All that was asked for has arrived by then.
//
// Threads: any may start and cancel. `done` is called on the checker's own thread and must not
// block, nor destroy the checker. Sockets belong to the network namespace of the thread that
// created the checker.

#ifndef CT_CHECKER_H
#define CT_CHECKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CT_CHECK_HEADER_LIMIT = 64 << 10,
    CT_CHECK_BODY_LIMIT = 1 << 20,
    CT_CHECK_BODIES_LIMIT = 256 << 20,
};

// Strings are the caller's and only read while ct_checker_start() runs.
struct ct_check_request {
    const char *url;        // http:// or https://; its host is the name in SNI and certificate
    const char *connect_to; // "::ADDRESS:PORT", an IPv6 address in brackets
    const char *method;
    const char *headers; // "Name: value" lines, a NUL behind each, and another at the end
    uint32_t timeout_ms; // for the whole check, greater than 0
    uint32_t mark;       // SO_MARK of its socket; 0: none
    bool http2;          // https: offered to the server (ALPN); http: prior knowledge
    bool verifies_certificate;
    bool wants_body;
};

enum ct_check_end {
    CT_CHECK_ANSWERED,      // the header is whole, and so is the body if it was wanted
    CT_CHECK_NO_CONNECTION, // system_error says why, 0 when that is not known
    CT_CHECK_NO_MARK,       // SO_MARK or SO_LINGER was refused, see system_error
    CT_CHECK_TIMED_OUT,
    CT_CHECK_CANCELLED,        // by ct_checker_cancel() or ct_checker_destroy()
    CT_CHECK_CLOSED,           // the server ended the connection before its answer was whole
    CT_CHECK_HEADER_TOO_LARGE, // over CT_CHECK_HEADER_LIMIT
    CT_CHECK_BODY_TOO_LARGE,   // over CT_CHECK_BODY_LIMIT
    CT_CHECK_BODIES_TOO_LARGE, // over CT_CHECK_BODIES_LIMIT
    CT_CHECK_NOT_HTTP,         // what came is no HTTP of the version asked for
    CT_CHECK_CERTIFICATE,      // not trusted, or not the name's; see message
    CT_CHECK_TLS,              // no TLS connection; see message
    CT_CHECK_FAILED,           // all else; see message
};

// Valid while `done` runs.
struct ct_check_answer {
    enum ct_check_end end;
    int status; // 101, 200 or more, as soon as the server has said it, also at a bad end; else 0
    bool is_connected;   // CT_CHECK_TIMED_OUT: TCP's handshake was over
    bool is_http2;       // how the server spoke, when it has said a status
    bool is_wrong_name;  // CT_CHECK_CERTIFICATE: it is trusted, but another name's
    int system_error;    // errno of the connection, or 0
    const char *message; // libcurl's words, which may quote the server; never NULL
    const uint8_t *body; // body_size bytes; NULL when there are none
    size_t body_size;
};

typedef void ct_check_done(void *context, const struct ct_check_answer *answer);

struct ct_checker;

// Makes a checker for at most `capacity` checks at a time, 1...65,536, which keeps some 450 bytes
// for each of the most that there ever were. `trust_store` is a file of certificates in PEM; NULL:
// the host's. 0 or -errno.
int ct_checker_create(struct ct_checker **checker, uint32_t capacity, const char *trust_store);

// Starts a check; `done` is called exactly once for it. Returns its number, greater than 0; or 0,
// and `done` is not called: there are `capacity` checks already, memory is short, or libcurl takes
// no such request, of which `fault`, static text, says more. `done` may be called before it returns.
uint64_t ct_checker_start(struct ct_checker *checker, const struct ct_check_request *request,
                          ct_check_done *done, void *context, const char **fault);

// Ends a check soon, unless it has ended.
void ct_checker_cancel(struct ct_checker *checker, uint64_t check);

// Cancels all checks, waits until `done` has been called for each, and frees the checker. No other
// call may be going on.
void ct_checker_destroy(struct ct_checker *checker);

#endif
