// SPDX-License-Identifier: Apache-2.0
//
// The flow table's memory: a file, reserved whole, or the process's own. Control thread.

#include "flow_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIGNALS = 100 }; // that may interrupt the reservation

// FNV-1a: any change of one byte changes it. It finds damage, not intent.
static uint64_t check_of(const void *bytes, size_t length, uint64_t seed)
{
    uint64_t sum = 0xCBF29CE484222325u ^ seed;
    for (size_t i = 0; i < length; i++) {
        sum = (sum ^ ((const uint8_t *)bytes)[i]) * 0x100000001B3u;
    }
    return sum;
}

uint64_t dp_flow_header_check(const struct dp_flow_header *header)
{
    return check_of(header, offsetof(struct dp_flow_header, check), 0);
}

uint64_t dp_real_name_check(const struct dp_real_name *name, uint32_t index)
{
    return check_of(name, offsetof(struct dp_real_name, check), index + UINT64_C(1));
}

void dp_real_name_write(struct dp_flow_memory *memory, uint32_t index,
                        const struct dp_real_name *name)
{
    struct dp_real_name checked = *name;
    checked.check = dp_real_name_check(name, index);
    // What flows name already is not written again: a crash shall not find it half done.
    if (memcmp(&memory->names[index], &checked, sizeof checked) != 0) {
        memory->names[index] = checked;
    }
}

uint64_t dp_flow_lines_offset(uint32_t name_count)
{
    uint64_t end = sizeof(struct dp_flow_header) + sizeof(struct dp_real_name) * name_count;
    return (end + sizeof(struct dp_flow) - 1) / sizeof(struct dp_flow) * sizeof(struct dp_flow);
}

bool dp_flow_boot_id(char id[DP_BOOT_ID_SIZE])
{
    memset(id, 0, DP_BOOT_ID_SIZE);
    int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    ssize_t length = read(file, id, DP_BOOT_ID_SIZE);
    close(file);
    return length > 0;
}

uint64_t dp_flow_image_size(uint64_t capacity)
{
    uint64_t lines = dp_flow_line_count(capacity) + DP_FLOW_WINDOW;
    return dp_flow_lines_offset(DP_REAL_CAPACITY) + lines * sizeof(struct dp_flow);
}

enum { HUGE_PAGE = 2 << 20 };

// Younger than Debian 12's C library.
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

void dp_flow_memory_divide(struct dp_flow_memory *memory, void *start)
{
    uintptr_t first = (uintptr_t)start;
    memory->names = (struct dp_real_name *)(first + sizeof(struct dp_flow_header));
    memory->lines = (struct dp_flow *)(first + dp_flow_lines_offset(DP_REAL_CAPACITY));
}

// A flow is looked for anywhere in the table: with pages of 4 KiB most of its cost is finding the page.
// Where the kernel has no huge pages, or no right to them, it goes without.
static void ask_for_huge_pages(uintptr_t start, size_t size, int advice)
{
    uintptr_t first = (start + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
    uintptr_t end = (start + size) & ~(uintptr_t)(HUGE_PAGE - 1);
    if (first < end) {
        madvise((void *)first, end - first, advice);
    }
}

bool dp_flow_memory_allocate(struct dp_flow_memory *memory, uint64_t capacity)
{
    // One line more, for the boundary that calloc does not keep.
    void *start = calloc(1, dp_flow_image_size(capacity) + sizeof(struct dp_flow));
    if (start == NULL) {
        return false;
    }
    ask_for_huge_pages((uintptr_t)start, dp_flow_image_size(capacity), MADV_HUGEPAGE);
    *memory = (struct dp_flow_memory){.start = start};
    uintptr_t boundary =
        ((uintptr_t)start + sizeof(struct dp_flow) - 1) & ~(uintptr_t)(sizeof(struct dp_flow) - 1);
    dp_flow_memory_divide(memory, (void *)boundary);
    return true;
}

void dp_flow_memory_gather(const struct dp_flow_memory *memory)
{
    if (memory->map == 0) {
        ask_for_huge_pages((uintptr_t)memory->start, memory->mapped, MADV_COLLAPSE);
    }
}

void dp_flow_memory_free(struct dp_flow_memory *memory)
{
    if (memory->mapped > 0) {
        munmap(memory->start, memory->mapped);
        if (memory->map > 0) {
            close(memory->map);
        }
    } else {
        free(memory->start);
    }
    *memory = (struct dp_flow_memory){0};
}

static bool refuse(struct dp_error *refusal, const char *operation, int code)
{
    *refusal = (struct dp_error){operation, code};
    return false;
}

// Every byte is there from the start: a file system that fills up later would end the process.
static int reserve(int file, uint64_t size)
{
    int failure = EINTR;
    for (int i = 0; i < SIGNALS && failure == EINTR; i++) {
        failure = posix_fallocate(file, 0, (off_t)size);
    }
    return failure;
}

// The file in memory, on a boundary of huge pages.
static void *map_shared(int file, size_t size)
{
    uint8_t *room =
        mmap(NULL, size + HUGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) {
        return MAP_FAILED;
    }
    size_t before = (HUGE_PAGE - (uintptr_t)room % HUGE_PAGE) % HUGE_PAGE;
    void *start =
        mmap(room + before, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
    if (start == MAP_FAILED) {
        munmap(room, size + HUGE_PAGE);
        return MAP_FAILED;
    }
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t kept = before + (size + page - 1) / page * page;
    if (before > 0) {
        munmap(room, before);
    }
    munmap(room + kept, size + HUGE_PAGE - kept);
    return start;
}

bool dp_flow_header_make(struct dp_flow_header *header, const struct dp_flow_options *options)
{
    *header = (struct dp_flow_header){.magic = DP_FLOW_FILE_MAGIC,
                                      .version = DP_FLOW_FILE_VERSION,
                                      .line_size = sizeof(struct dp_flow),
                                      .name_size = sizeof(struct dp_real_name),
                                      .name_count = DP_REAL_CAPACITY,
                                      .window = DP_FLOW_WINDOW,
                                      .line_count = dp_flow_line_count(options->capacity),
                                      .secret = {options->secret[0], options->secret[1]}};
    bool known = dp_flow_boot_id(header->boot_id);
    header->check = dp_flow_header_check(header);
    return known;
}

bool dp_flow_file_map(struct dp_flow_memory *memory, const char *path,
                      const struct dp_flow_options *options, struct dp_error *refusal)
{
    struct dp_flow_header header;
    if (!dp_flow_header_make(&header, options)) {
        return refuse(refusal, "read the boot's id", ENOENT);
    }
    unlink(path); // what a crash left
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) {
        return refuse(refusal, "make the flow file", errno);
    }
    size_t size = dp_flow_image_size(options->capacity);
    int failure = reserve(file, size);
    void *start = MAP_FAILED;
    if (failure == 0) {
        start = map_shared(file, size);
        failure = start == MAP_FAILED ? errno : 0;
    }
    close(file);
    if (failure != 0) {
        unlink(path);
        return refuse(refusal, "reserve room for the flow file", failure);
    }
    *memory = (struct dp_flow_memory){.start = start, .mapped = size};
    dp_flow_memory_divide(memory, start);
    memcpy(start, &header, sizeof header);
    return true;
}
