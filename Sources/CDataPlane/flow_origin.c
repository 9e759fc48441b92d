// SPDX-License-Identifier: Apache-2.0
//
// Where the flow table comes from, and where it stands: a new one is made whole beside an earlier one,
// takes its flows over, and then its place, so that a crash at any moment leaves one of the two.
// Control thread, before any worker.

#include "flow_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool refuse(struct dp_error *refusal, const char *operation, int code)
{
    *refusal = (struct dp_error){operation, code};
    return false;
}

struct paths {
    const char *file;
    char made[PATH_MAX], damaged[PATH_MAX];
};

static bool name_paths(struct paths *paths, const char *file)
{
    paths->file = file;
    int made = snprintf(paths->made, sizeof paths->made, "%s.new", file);
    int damaged = snprintf(paths->damaged, sizeof paths->damaged, "%s.damaged", file);
    return made < PATH_MAX && damaged < PATH_MAX;
}

// The earlier table's file; `image->file` is negative when there is none, or none to be trusted.
static const char *open_file(const char *path, struct dp_flow_image *image)
{
    // Not to wait for a writer where it is a named pipe.
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    const char *damage = NULL;
    if (file < 0) {
        return errno == ENOENT  ? NULL
               : errno == ELOOP ? "it is a symbolic link"
                                : "it can not be opened";
    }
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        damage = "it is no regular file";
    } else if (status.st_uid != geteuid()) {
        damage = "it belongs to another user";
    } else {
        *image = (struct dp_flow_image){.file = file, .size = (size_t)status.st_size};
        return NULL;
    }
    close(file);
    return damage;
}

// What an earlier process left last: a map, or else a file.
static void open_earlier(const struct dp_flow_options *options, struct dp_flow_image *image,
                         struct dp_flow_origin *origin)
{
    *image = (struct dp_flow_image){.file = -1};
    origin->damage = options->pin == NULL ? NULL : dp_flow_map_open(options->pin, image);
    origin->damage_in_kernel = origin->damage != NULL || image->bytes != NULL;
    if (!origin->damage_in_kernel) {
        origin->damage = open_file(options->path, image);
    }
}

static void close_image(struct dp_flow_image *image)
{
    if (image->bytes != NULL) {
        munmap((void *)image->bytes, image->size);
    } else if (image->file >= 0) {
        close(image->file);
    }
}

static bool make_map(struct dp_flow_memory *memory, const struct dp_flow_options *options,
                     struct dp_error *refusal)
{
    struct dp_flow_header header;
    if (!dp_flow_header_make(&header, options)) {
        return refuse(refusal, "read the boot's id", ENOENT);
    }
    int code = dp_flow_map_create(memory, dp_flow_image_size(options->capacity));
    if (code != 0) {
        return refuse(refusal, "make the flow table in the kernel", code);
    }
    memcpy(memory->start, &header, sizeof header);
    return true;
}

// A table in the kernel or a new file as it is asked for, or in the process's memory where that is
// refused.
static struct dp_flow_table *make(const struct dp_flow_options *options, const char *path,
                                  struct dp_flow_memory *memory, struct dp_flow_origin *origin,
                                  struct dp_error *error)
{
    *error = (struct dp_error){"make the flow table", ENOMEM};
    origin->in_kernel = options->in_kernel && make_map(memory, options, &origin->refusal);
    origin->in_file = !origin->in_kernel && path != NULL &&
                      dp_flow_file_map(memory, path, options, &origin->refusal);
    if (!origin->in_kernel && !origin->in_file &&
        !dp_flow_memory_allocate(memory, options->capacity)) {
        return NULL;
    }
    struct dp_flow_table *table =
        dp_flow_table_create(options->capacity, options->secret, memory->lines, error);
    if (table == NULL) {
        dp_flow_memory_free(memory);
    }
    return table;
}

static struct dp_flow_table *make_anew(const struct dp_flow_options *options,
                                       const struct paths *paths, struct dp_flow_memory *memory,
                                       struct dp_flow_origin *origin, struct dp_error *error)
{
    if (origin->damage_in_kernel) {
        unlink(options->pin); // under another name it would go on taking the kernel's memory
    } else {
        origin->aside_error = rename(paths->file, paths->damaged) == 0 ? 0 : errno;
    }
    origin->restored = origin->lost = 0;
    return make(options, paths->made, memory, origin, error);
}

// The earlier table stood where this one found no room.
static void move_in(const struct dp_flow_options *options, const struct paths *paths,
                    struct dp_flow_memory *memory, struct dp_flow_table *table,
                    struct dp_flow_origin *origin)
{
    struct dp_flow_memory file;
    origin->in_file = dp_flow_file_map(&file, paths->made, options, &origin->refusal);
    if (!origin->in_file) {
        return;
    }
    size_t head = sizeof(struct dp_flow_header);
    memcpy(file.names, memory->names, dp_flow_image_size(options->capacity) - head);
    table->lines = file.lines;
    dp_flow_memory_free(memory);
    *memory = file;
}

// The new table takes the earlier one's place.
static void settle_in(const struct dp_flow_options *options, const struct paths *paths,
                      struct dp_flow_memory *memory, struct dp_flow_table *table,
                      struct dp_flow_origin *origin)
{
    if (origin->in_kernel) {
        int code = dp_flow_map_pin(memory, options->pin);
        refuse(&origin->refusal, "pin the flow table", code);
        unlink(paths->file);
        return;
    }
    if (options->pin != NULL) {
        unlink(options->pin);
    }
    if (!origin->in_file) {
        // Its flows are in this table now: nobody shall find them there as they were.
        bool had_earlier = unlink(paths->file) == 0;
        if (!had_earlier || origin->refusal.code != ENOSPC) {
            return;
        }
        move_in(options, paths, memory, table, origin);
    }
    if (origin->in_file && rename(paths->made, paths->file) != 0) {
        origin->in_file = false;
        refuse(&origin->refusal, "put the flow file in its place", errno);
        unlink(paths->made);
    }
    if (origin->in_file) {
        origin->refusal.code = 0;
    }
}

static const char *restore(const struct dp_flow_options *options, struct dp_flow_image image,
                           struct dp_flow_memory *memory, struct dp_flow_table *table,
                           struct dp_flow_origin *origin)
{
    struct dp_table_input table_input = {.timeout_tcp_s = options->timeout_tcp_s,
                                         .timeout_tcp_fin_s = options->timeout_tcp_fin_s,
                                         .timeout_udp_s = options->timeout_udp_s};
    struct dp_flow_restore restore = {.image = image,
                                      .memory = memory,
                                      .table = table,
                                      .timeouts = dp_timeouts_of(&table_input),
                                      .now_ms = options->now_ms};
    return dp_flow_restore(&restore, origin);
}

struct dp_flow_table *dp_flow_open(const struct dp_flow_options *options,
                                   struct dp_flow_memory *memory, struct dp_flow_origin *origin,
                                   struct dp_error *error)
{
    *origin = (struct dp_flow_origin){.refusal = {"make the flow file", 0}};
    *error = (struct dp_error){"make the flow table", EINVAL};
    if (options->capacity < DP_FLOW_CAPACITY_MIN || options->capacity > DP_FLOW_CAPACITY_MAX) {
        return NULL;
    }
    origin->file_size = dp_flow_image_size(options->capacity);
    struct paths paths;
    if (options->path == NULL || !name_paths(&paths, options->path)) {
        origin->refusal.code = options->path == NULL ? 0 : ENAMETOOLONG;
        return make(options, NULL, memory, origin, error);
    }
    struct dp_flow_image earlier;
    open_earlier(options, &earlier, origin);
    struct dp_flow_table *table = make(options, paths.made, memory, origin, error);
    if (table != NULL && (earlier.bytes != NULL || earlier.file >= 0)) {
        origin->damage = restore(options, earlier, memory, table, origin);
    }
    close_image(&earlier);
    if (table != NULL && origin->damage != NULL) {
        dp_flow_table_destroy(table);
        dp_flow_memory_free(memory);
        table = make_anew(options, &paths, memory, origin, error);
    }
    if (table != NULL) {
        settle_in(options, &paths, memory, table, origin);
    }
    return table;
}
