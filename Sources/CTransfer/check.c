// SPDX-License-Identifier: Apache-2.0
//
// See check.h. The callbacks run on the checker's thread, the rest on the one that starts a check.

#include "check.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum {
    // Thousands may be under way: little is read at once, and the second is libcurl's least.
    RECEIVE_SIZE = 4 << 10,
    SEND_SIZE = 16 << 10,
    TRUST_STORE_SECONDS = 300,
    SWITCHING_PROTOCOLS = 101,
    FIRST_FINAL_STATUS = 200,
};

static long status_of(const struct ct_check *check)
{
    long status = 0;
    curl_easy_getinfo(check->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

// libcurl's header and write callbacks: any other result than `count` ends the transfer.
static size_t end_with(struct ct_check *check, enum ct_check_end end)
{
    check->end = end;
    return 0;
}

static size_t end_content(struct ct_check *check)
{
    check->has_enough = true;
    return 0;
}

// 1xx but for 101, after which HTTP is over.
static bool is_provisional(long status)
{
    return status < FIRST_FINAL_STATUS && status != SWITCHING_PROTOCOLS;
}

static bool is_blank(const char *line, size_t count)
{
    return (count == 2 && line[0] == '\r' && line[1] == '\n') || (count == 1 && line[0] == '\n');
}

static size_t take_header(char *line, size_t size, size_t count, void *context)
{
    struct ct_check *check = context;
    (void)size; // always 1
    check->header_size += count;
    if (check->header_size > CT_CHECK_HEADER_LIMIT)
        return end_with(check, CT_CHECK_HEADER_TOO_LARGE);
    if (check->wants_body || !is_blank(line, count))
        return count;
    return is_provisional(status_of(check)) ? count : end_content(check);
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct ct_check *check = context;
    (void)size; // always 1
    if (!check->wants_body)
        return end_content(check);
    if (*check->bodies_size + count > CT_CHECK_BODIES_LIMIT)
        return end_with(check, CT_CHECK_BODIES_TOO_LARGE);
    if (!ct_body_append(&check->body, data, count))
        return check->body.over_limit ? end_with(check, CT_CHECK_BODY_TOO_LARGE) : 0;
    *check->bodies_size += count;
    return count;
}

static int mark_socket(void *context, curl_socket_t socket, curlsocktype purpose)
{
    struct ct_check *check = context;
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    (void)purpose; // always a connection
    bool is_set = setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == 0;
    if (is_set && check->mark != 0)
        is_set = setsockopt(socket, SOL_SOCKET, SO_MARK, &check->mark, sizeof(check->mark)) == 0;
    if (is_set)
        return CURL_SOCKOPT_OK;
    check->system_error = errno;
    check->end = CT_CHECK_NO_MARK;
    return CURL_SOCKOPT_ERROR;
}

// What all checks share. Without a cache of names libcurl keeps no list of all addresses, which it
// would walk at each check's end.
static const struct {
    CURLoption option;
    long value;
} fixed[] = {
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_FRESH_CONNECT, 1},
    {CURLOPT_FORBID_REUSE, 1},
    {CURLOPT_DNS_CACHE_TIMEOUT, 0},
    {CURLOPT_SSL_SESSIONID_CACHE, 0},
    {CURLOPT_CA_CACHE_TIMEOUT, TRUST_STORE_SECONDS},
    {CURLOPT_PATH_AS_IS, 1},
    {CURLOPT_HTTP_CONTENT_DECODING, 0},
    {CURLOPT_BUFFERSIZE, RECEIVE_SIZE},
    {CURLOPT_UPLOAD_BUFFERSIZE, SEND_SIZE},
};

static CURLcode set_fixed(CURL *easy)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    for (size_t i = 0; code == CURLE_OK && i < sizeof(fixed) / sizeof(fixed[0]); i++)
        code = curl_easy_setopt(easy, fixed[i].option, fixed[i].value);
    return code;
}

static void set_callbacks(struct ct_check *check)
{
    curl_easy_setopt(check->easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(check->easy, CURLOPT_HEADERDATA, check);
    curl_easy_setopt(check->easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(check->easy, CURLOPT_WRITEDATA, check);
    curl_easy_setopt(check->easy, CURLOPT_SOCKOPTFUNCTION, mark_socket);
    curl_easy_setopt(check->easy, CURLOPT_SOCKOPTDATA, check);
    curl_easy_setopt(check->easy, CURLOPT_ERRORBUFFER, check->message);
}

// Those that are known for a content say that theirs is empty.
static CURLcode set_method(CURL *easy, const char *method)
{
    if (strcmp(method, "GET") == 0)
        return CURLE_OK;
    if (strcmp(method, "HEAD") == 0)
        return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    CURLcode code = CURLE_OK;
    if (strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0)
        code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
    return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method) : code;
}

static CURLcode set_version(CURL *easy, const struct ct_check_request *request)
{
    long version = CURL_HTTP_VERSION_1_1;
    if (request->http2)
        version = strncmp(request->url, "https:", 6) == 0 ? CURL_HTTP_VERSION_2TLS
                                                          : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
    return curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version);
}

static CURLcode append_to(struct curl_slist **list, const char *text)
{
    struct curl_slist *longer = curl_slist_append(*list, text);
    if (longer == NULL)
        return CURLE_OUT_OF_MEMORY;
    *list = longer;
    return CURLE_OK;
}

static CURLcode set_lists(struct ct_check *check, const struct ct_check_request *request)
{
    CURLcode code = append_to(&check->connect_to, request->connect_to);
    for (const char *line = request->headers; code == CURLE_OK && *line; line += strlen(line) + 1)
        code = append_to(&check->headers, line);
    if (code == CURLE_OK)
        code = curl_easy_setopt(check->easy, CURLOPT_CONNECT_TO, check->connect_to);
    return code == CURLE_OK ? curl_easy_setopt(check->easy, CURLOPT_HTTPHEADER, check->headers)
                            : code;
}

static CURLcode set_time(CURL *easy, long timeout_ms)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    // Its own default would end a longer check.
    return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms) : code;
}

// libcurl keeps a parsed trust store only when there is no folder of certificates beside the file.
static CURLcode set_trust(CURL *easy, const struct ct_check_request *request, const char *store)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (code == CURLE_OK && store != NULL)
        code = curl_easy_setopt(easy, CURLOPT_CAINFO, store);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, (long)request->verifies_certificate);
    if (code == CURLE_OK)
        code =
            curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, request->verifies_certificate ? 2L : 0L);
    return code;
}

CURLcode ct_check_prepare(struct ct_check *check, const struct ct_check_request *request,
                          const char *trust_store, size_t *bodies_size)
{
    *check = (struct ct_check){.mark = request->mark,
                               .wants_body = request->wants_body,
                               .body = {.limit = CT_CHECK_BODY_LIMIT},
                               .bodies_size = bodies_size};
    check->easy = curl_easy_init();
    if (check->easy == NULL)
        return CURLE_FAILED_INIT;
    set_callbacks(check);
    CURLcode code = set_fixed(check->easy);
    if (code == CURLE_OK)
        code = curl_easy_setopt(check->easy, CURLOPT_URL, request->url);
    if (code == CURLE_OK)
        code = set_lists(check, request);
    if (code == CURLE_OK)
        code = set_method(check->easy, request->method);
    if (code == CURLE_OK)
        code = set_version(check->easy, request);
    if (code == CURLE_OK)
        code = set_time(check->easy, (long)request->timeout_ms);
    return code == CURLE_OK ? set_trust(check->easy, request, trust_store) : code;
}

static enum ct_check_end end_of(CURLcode code, long system_error)
{
    switch (code) {
    case CURLE_OK:
        return CT_CHECK_ANSWERED;
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
        return CT_CHECK_NO_CONNECTION;
    case CURLE_OPERATION_TIMEDOUT:
        return CT_CHECK_TIMED_OUT;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
        return CT_CHECK_CLOSED;
    case CURLE_RECV_ERROR: // also bad chunks
        return system_error != 0 ? CT_CHECK_CLOSED : CT_CHECK_NOT_HTTP;
    case CURLE_UNSUPPORTED_PROTOCOL: // HTTP/0.9, which is anything at all
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return CT_CHECK_NOT_HTTP;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return CT_CHECK_CERTIFICATE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
        return CT_CHECK_TLS;
    default:
        return CT_CHECK_FAILED;
    }
}

void ct_check_conclude(struct ct_check *check, CURLcode code, struct ct_check_answer *answer)
{
    long version = 0;
    long system_error = 0;
    long verify_result = 0;
    long request_size = 0;
    long status = status_of(check);
    curl_easy_getinfo(check->easy, CURLINFO_HTTP_VERSION, &version);
    curl_easy_getinfo(check->easy, CURLINFO_OS_ERRNO, &system_error);
    curl_easy_getinfo(check->easy, CURLINFO_SSL_VERIFYRESULT, &verify_result);
    curl_easy_getinfo(check->easy, CURLINFO_REQUEST_SIZE, &request_size);
    // So it says of a line of more than 100 KiB, which never comes to take_header().
    if (code == CURLE_OUT_OF_MEMORY && request_size > 0)
        check->end = CT_CHECK_HEADER_TOO_LARGE;
    *answer = (struct ct_check_answer){
        .end = end_of(code, system_error),
        .status = is_provisional(status) ? 0 : (int)status,
        .is_connected = check->is_connected,
        .is_http2 = version == CURL_HTTP_VERSION_2_0,
        // The name is looked at before OpenSSL's judgement (X509_V_...) is asked for.
        .is_wrong_name = code == CURLE_PEER_FAILED_VERIFICATION && verify_result <= 1,
        .system_error = (int)system_error,
        .message = check->message[0] != '\0' ? check->message : curl_easy_strerror(code),
        .body = check->body.bytes,
        .body_size = check->body.size,
    };
    if (check->has_enough) {
        answer->end = CT_CHECK_ANSWERED;
    } else if (check->end != CT_CHECK_ANSWERED) {
        answer->end = check->end;
        if (check->system_error != 0)
            answer->system_error = check->system_error;
    }
    *check->bodies_size -= check->body.size;
}

void ct_check_close(struct ct_check *check)
{
    curl_easy_cleanup(check->easy);
    curl_slist_free_all(check->headers);
    curl_slist_free_all(check->connect_to);
}
