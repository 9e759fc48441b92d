// SPDX-License-Identifier: Apache-2.0
//
// The flow table's memory: what each real server index stands for, and the lines. In a file it
// outlives the process: the next one takes the flows over by their keys. Control thread.
//
// The file: header, names, lines, in the host's byte order. Nothing in it is believed before it was
// checked.

#ifndef DP_FLOW_FILE_H
#define DP_FLOW_FILE_H

#include "flow.h"

// Changes with the layout, the control word, the states' numbers, and the flow hash.
enum { DP_FLOW_FILE_VERSION = 1 };

enum { DP_BOOT_ID_SIZE = 40 };

// "lvsflow\n" where bytes come lowest first: the byte order mark too.
#define DP_FLOW_FILE_MAGIC UINT64_C(0x0A776F6C6673766C)

struct dp_flow_header {
    uint64_t magic;
    uint32_t version;
    uint32_t line_size, name_size;
    uint32_t name_count;
    uint64_t window; // lines in which a flow may stand: so many follow the last home line
    uint64_t line_count;
    uint64_t secret[2];            // of the flow hash
    char boot_id[DP_BOOT_ID_SIZE]; // the clock of `last_seen_ms` ends with the boot
    uint64_t unused[3];
    uint64_t check; // over all before it
};
_Static_assert(sizeof(struct dp_flow_header) == 128, "no padding");

// What a real server's index stands for.
struct dp_real_name {
    struct dp_ip vip, rip;
    uint16_t port;     // the first of its service's, host byte order
    uint8_t transport; // enum dp_transport; 0: the index stands for nothing
    uint8_t unused[5];
    uint64_t check; // over all before it, and the index
};
_Static_assert(sizeof(struct dp_real_name) == 48, "no padding");

// A line as it stands in the file: struct dp_flow.
struct dp_flow_record {
    uint64_t control;
    uint64_t key[5];
    uint32_t last_seen_ms;
    uint32_t reach;
    uint64_t companion;
};
_Static_assert(sizeof(struct dp_flow_record) == sizeof(struct dp_flow), "as in memory");
_Static_assert(offsetof(struct dp_flow_record, control) == offsetof(struct dp_flow, control) &&
                   offsetof(struct dp_flow_record, key) == offsetof(struct dp_flow, key) &&
                   offsetof(struct dp_flow_record, last_seen_ms) ==
                       offsetof(struct dp_flow, last_seen_ms) &&
                   offsetof(struct dp_flow_record, companion) ==
                       offsetof(struct dp_flow, companion),
               "as in memory");

struct dp_flow_memory {
    struct dp_real_name *names; // DP_REAL_CAPACITY
    struct dp_flow *lines;
    void *start;
    size_t mapped; // bytes of the file or map; 0: memory of the process
    int map;       // a descriptor of the in-kernel map that it is; 0: it is none
};

// An earlier table's image: a file, or the memory of a map.
struct dp_flow_image {
    int file;
    const uint8_t *bytes; // NULL: the file
    size_t size;          // of both
};

// The table that `options` ask for, and the memory that it stands in; NULL when memory is short or
// the capacity out of range.
struct dp_flow_table *dp_flow_open(const struct dp_flow_options *options,
                                   struct dp_flow_memory *memory, struct dp_flow_origin *origin,
                                   struct dp_error *error);
// After its table. A file stays.
void dp_flow_memory_free(struct dp_flow_memory *memory);

// False when memory is short; for flow_file.c and tests.
bool dp_flow_memory_allocate(struct dp_flow_memory *memory, uint64_t capacity);

// Names and lines behind a header at `start`.
void dp_flow_memory_divide(struct dp_flow_memory *memory, void *start);
// How many bytes the image of a table has.
uint64_t dp_flow_image_size(uint64_t capacity);
// The header of a new table; false when the kernel does not tell the boot.
bool dp_flow_header_make(struct dp_flow_header *header, const struct dp_flow_options *options);

// A new file with an empty table, mapped; false with the reason in `refusal`.
bool dp_flow_file_map(struct dp_flow_memory *memory, const char *path,
                      const struct dp_flow_options *options, struct dp_error *refusal);

// flow_map.c. Memory that in-kernel programs share: an array map of the image's size in elements of
// 64 bytes, in use of nobody else. Returns 0 or a positive errno.
int dp_flow_map_create(struct dp_flow_memory *memory, uint64_t size);
// Makes the map outlive the process at `path`, in the place of an earlier one. 0 or a positive errno.
int dp_flow_map_pin(const struct dp_flow_memory *memory, const char *path);
// Opens the map that an earlier process left at `path`. Returns NULL, or what is wrong with it;
// `image->bytes` is NULL where there is none.
const char *dp_flow_map_open(const char *path, struct dp_flow_image *image);

// Any thread; workers may use the table meanwhile. Gathers a file's pages into huge ones.
void dp_flow_memory_gather(const struct dp_flow_memory *memory);

// Names an index; `name` without its check value.
void dp_real_name_write(struct dp_flow_memory *memory, uint32_t index,
                        const struct dp_real_name *name);

uint64_t dp_flow_header_check(const struct dp_flow_header *header);
uint64_t dp_real_name_check(const struct dp_real_name *name, uint32_t index);
// Where the lines begin.
uint64_t dp_flow_lines_offset(uint32_t name_count);
// False when the kernel does not tell.
bool dp_flow_boot_id(char id[DP_BOOT_ID_SIZE]);

// How far a line may have been seen in the future. A template is given a minute.
enum { DP_FLOW_AHEAD_MAX_MS = 120000 };

// False at the file's end, and where it can not be read.
bool dp_flow_read_at(const struct dp_flow_image *image, void *bytes, size_t length,
                     uint64_t offset);

// Reads the header, and all that can be checked of it. Returns NULL, or why it can not be trusted.
const char *dp_flow_header_read(const struct dp_flow_image *image, struct dp_flow_header *header);

// What an earlier table's file is read into; the table is new and no worker knows it.
struct dp_flow_restore {
    struct dp_flow_image image;
    struct dp_flow_memory *memory;
    struct dp_flow_table *table;
    struct dp_timeouts timeouts;
    uint64_t now_ms;
};

// Takes the flows of the file over, with their real servers' names. Returns NULL, or why the file
// can not be trusted: then the table must not be used.
const char *dp_flow_restore(const struct dp_flow_restore *restore, struct dp_flow_origin *origin);

#endif
