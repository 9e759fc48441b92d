// SPDX-License-Identifier: Apache-2.0

#include "include/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// A pattern can not switch to characters of several bytes, which a body need not have. The callouts
// are where a search looks at the time; what is possessive by itself would pass them over.
static const uint32_t compile_options = PCRE2_MULTILINE | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
                                        PCRE2_AUTO_CALLOUT | PCRE2_NO_AUTO_POSSESS;

// The clock is read at each of so many callouts: one may pass over the whole subject.
enum { CALLOUTS_A_READING = 32 };

struct cp_pattern {
    pcre2_code *code;
};

struct search {
    int64_t end_ns;
    uint32_t callouts;
};

static int64_t thread_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int goes_on(pcre2_callout_block *block, void *context)
{
    struct search *search = context;
    (void)block;
    if (++search->callouts % CALLOUTS_A_READING != 0)
        return 0;
    return thread_ns() < search->end_ns ? 0 : PCRE2_ERROR_CALLOUT;
}

static pcre2_code *compile(const uint8_t *text, size_t size, int *error, size_t *offset)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    *error = PCRE2_ERROR_NOMEMORY;
    *offset = 0;
    if (!context)
        return NULL;
    pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
    pcre2_code *code = pcre2_compile(text, size, compile_options, error, offset, context);
    pcre2_compile_context_free(context);
    return code;
}

struct cp_pattern *cp_pattern_make(const uint8_t *text, size_t size, char words[CP_WORDS_SIZE])
{
    struct cp_pattern *pattern = malloc(sizeof *pattern);
    int error = PCRE2_ERROR_NOMEMORY;
    size_t offset = 0;
    if (pattern) {
        pattern->code = compile(text ? text : (const uint8_t *)"", size, &error, &offset);
        if (pattern->code)
            return pattern;
    }
    free(pattern);
    PCRE2_UCHAR message[CP_WORDS_SIZE - 32] = "";
    pcre2_get_error_message(error, message, sizeof message);
    snprintf(words, CP_WORDS_SIZE, "%s (at offset %zu)", (const char *)message, offset);
    return NULL;
}

static int match(const struct cp_pattern *pattern, const uint8_t *bytes, size_t size,
                 pcre2_match_data *data, pcre2_match_context *context)
{
    struct search search = {.end_ns = thread_ns() + CP_SEARCH_NS};
    pcre2_set_heap_limit(context, CP_HEAP_KIB);
    pcre2_set_callout(context, goes_on, &search);
    return pcre2_match(pattern->code, bytes, size, 0, 0, data, context);
}

enum cp_result cp_pattern_search(const struct cp_pattern *pattern, const uint8_t *bytes,
                                 size_t size)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    int result = PCRE2_ERROR_NOMEMORY;
    if (data && context)
        result = match(pattern, bytes ? bytes : (const uint8_t *)"", size, data, context);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    if (result >= 0)
        return CP_FOUND;
    return result == PCRE2_ERROR_NOMATCH ? CP_NOT_FOUND : CP_TOO_COSTLY;
}

void cp_pattern_free(struct cp_pattern *pattern)
{
    if (pattern)
        pcre2_code_free(pattern->code);
    free(pattern);
}
