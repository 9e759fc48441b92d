// SPDX-License-Identifier: Apache-2.0
//
// The flow table's memory where in-kernel programs share it: a BPF array map, mapped into the process
// and pinned in bpffs, so that it outlives the process as the flow file does. Control thread; bpf(2).

#include "flow_file.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ELEMENT = sizeof(struct dp_flow) };

int dp_flow_map_create(struct dp_flow_memory *memory, uint64_t size)
{
    LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
    uint64_t elements = size / ELEMENT;
    if (elements > INT_MAX) {
        return E2BIG;
    }
    int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "lvsdr_flows", sizeof(uint32_t), ELEMENT,
                             (uint32_t)elements, &options);
    if (map < 0) {
        return errno;
    }
    void *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
    if (start == MAP_FAILED) {
        int code = errno;
        close(map);
        return code;
    }
    *memory = (struct dp_flow_memory){.start = start, .mapped = size, .map = map};
    dp_flow_memory_divide(memory, start);
    return 0;
}

// The folder is the last one that may be missing.
static int make_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *end = strrchr(path, '/');
    if (end == NULL || end - path >= PATH_MAX) {
        return EINVAL;
    }
    snprintf(folder, sizeof folder, "%.*s", (int)(end - path), path);
    return mkdir(folder, 0700) == 0 || errno == EEXIST ? 0 : errno;
}

int dp_flow_map_pin(const struct dp_flow_memory *memory, const char *path)
{
    char made[PATH_MAX];
    // A name in bpffs has no dot.
    if (snprintf(made, sizeof made, "%s-new", path) >= PATH_MAX) {
        return ENAMETOOLONG;
    }
    int code = make_folder(path);
    if (code != 0) {
        return code;
    }
    unlink(made); // what a crash left
    if (bpf_obj_pin(memory->map, made) != 0) {
        return errno;
    }
    if (rename(made, path) != 0) {
        code = errno;
        unlink(made);
    }
    return code;
}

static bool is_flow_map(int map, size_t *size)
{
    struct bpf_map_info info = {0};
    uint32_t length = sizeof info;
    if (bpf_obj_get_info_by_fd(map, &info, &length) != 0 || info.type != BPF_MAP_TYPE_ARRAY ||
        info.value_size != ELEMENT || (info.map_flags & BPF_F_MMAPABLE) == 0) {
        return false;
    }
    *size = (size_t)info.max_entries * ELEMENT;
    return true;
}

const char *dp_flow_map_open(const char *path, struct dp_flow_image *image)
{
    image->bytes = NULL;
    int map = bpf_obj_get(path);
    if (map < 0) {
        return errno == ENOENT || errno == ENOTDIR ? NULL : "it can not be opened";
    }
    void *start = MAP_FAILED;
    if (is_flow_map(map, &image->size)) {
        start = mmap(NULL, image->size, PROT_READ, MAP_SHARED, map, 0);
    }
    close(map);
    if (start == MAP_FAILED) {
        return "it is no flow table";
    }
    image->bytes = start;
    return NULL;
}
