// SPDX-License-Identifier: Apache-2.0
//
// Regular expressions by PCRE2 with bounds on what they and their subjects may cost.
//
// A pattern is Perl's (pcre2pattern(3)), of bytes: `^` and `$` are the ends of a line, which LF, CR
// or both end. No pattern needs more than 64 KiB when it is compiled. A search ends after
// CP_SEARCH_NS of its thread's processor time (a step more, which is linear in the subject) and with
// CP_HEAP_KIB of memory.
//
// Threads: one pattern may be searched with by several.

#ifndef CP_PATTERN_H
#define CP_PATTERN_H

#include <stddef.h>
#include <stdint.h>

enum {
    CP_SEARCH_NS = 100 * 1000 * 1000,
    CP_HEAP_KIB = 8 << 10,
    CP_WORDS_SIZE = 160,
};

struct cp_pattern;

enum cp_result { CP_FOUND, CP_NOT_FOUND, CP_TOO_COSTLY };

// NULL when the text is none: `words` then says why and where, with a NUL at its end. The caller's
// until cp_pattern_free().
struct cp_pattern *cp_pattern_make(const uint8_t *text, size_t size, char words[CP_WORDS_SIZE]);

// Whether it matches somewhere in the bytes; NULL for none.
enum cp_result cp_pattern_search(const struct cp_pattern *pattern, const uint8_t *bytes,
                                 size_t size);

// NULL does nothing.
void cp_pattern_free(struct cp_pattern *pattern);

#endif
