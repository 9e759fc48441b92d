// SPDX-License-Identifier: Apache-2.0
//
// The embedded in-kernel programs, by libbpf.

#include "program.h"
#include "words.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <sys/mman.h>

// libbpf reads the object's headers in place.
static const _Alignas(8) unsigned char send_object[] = {
#embed "bpf/send.bpf.o"
};
static const _Alignas(8) unsigned char count_object[] = {
#embed "bpf/count.bpf.o"
};
static const _Alignas(8) unsigned char forward_object[] = {
#embed "bpf/forward.bpf.o"
};

static const struct {
    const unsigned char *bytes;
    size_t size;
} objects[] = {
    [PROGRAMS_SEND] = {send_object, sizeof send_object},
    [PROGRAMS_COUNT] = {count_object, sizeof count_object},
    [PROGRAMS_FORWARD] = {forward_object, sizeof forward_object},
};

struct bpf_object *programs_try(enum program_set set, const char *without)
{
    struct bpf_object *object = bpf_object__open_mem(objects[set].bytes, objects[set].size, NULL);
    if (object == NULL) {
        fail("open the in-kernel programs", errno);
    }
    if (without != NULL) {
        bpf_program__set_autoload(bpf_object__find_program_by_name(object, without), false);
    }
    int failure = bpf_object__load(object);
    if (failure != 0) {
        bpf_object__close(object);
        errno = -failure;
        return NULL;
    }
    return object;
}

struct bpf_object *programs_load(enum program_set set, const char *without)
{
    struct bpf_object *object = programs_try(set, without);
    if (object == NULL) {
        fail("load the in-kernel programs", errno);
    }
    return object;
}

int program_fd(const struct bpf_object *object, const char *program)
{
    return bpf_program__fd(bpf_object__find_program_by_name(object, program));
}

int program_map_fd(const struct bpf_object *object, const char *map)
{
    return bpf_object__find_map_fd_by_name(object, map);
}

void *program_map_memory(const struct bpf_object *object, const char *map, size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                        program_map_fd(object, map), 0);
    if (memory == MAP_FAILED) {
        fail("map the in-kernel program's memory", errno);
    }
    return memory;
}

void program_attach_xdp(const struct bpf_object *object, const char *program, uint32_t interface)
{
    LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);
    int link = bpf_link_create(program_fd(object, program), (int)interface, BPF_XDP, &options);
    if (link < 0) {
        fail("attach the XDP program", errno);
    }
}

bool program_attach_tracepoint(const struct bpf_object *object, const char *program)
{
    return bpf_raw_tracepoint_open("napi_poll", program_fd(object, program)) >= 0;
}

void program_attach_ingress(const struct bpf_object *object, const char *program,
                            uint32_t interface)
{
    LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)interface, .attach_point = BPF_TC_INGRESS);
    LIBBPF_OPTS(bpf_tc_opts, place, .prog_fd = program_fd(object, program));
    int failure = bpf_tc_hook_create(&hook);
    if (failure != 0 && failure != -EEXIST) {
        fail("make the ingress hook", -failure);
    }
    failure = bpf_tc_attach(&hook, &place);
    if (failure != 0) {
        fail("attach the ingress program", -failure);
    }
}
