// SPDX-License-Identifier: Apache-2.0
//
// See include/transfer.h for the contract. A transfer has an easy handle of its own, made and
// destroyed by the call.

#include "transfer.h"

#include "easy.h"

#include <stdlib.h>

// libcurl's write callback: any other result than `count` ends the transfer.
static size_t append(char *data, size_t size, size_t count, void *context)
{
    (void)size; // always 1
    return ct_body_append(context, data, count) ? count : 0;
}

static CURLcode perform(CURL *easy, struct ct_body *body)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, append);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
    return code == CURLE_OK ? curl_easy_perform(easy) : code;
}

void ct_get(const struct ct_request *request, struct ct_response *response)
{
    struct ct_body body = {.limit = request->max_body_bytes};
    *response = (struct ct_response){.outcome = CT_FAILED};

    CURLcode code;
    CURL *easy = ct_easy_create(request, &code);
    if (easy != NULL)
        code = perform(easy, &body);
    ct_easy_conclude(easy, code, body.over_limit, response);
    curl_easy_cleanup(easy);

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
