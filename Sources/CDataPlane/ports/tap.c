// SPDX-License-Identifier: Apache-2.0
//
// The in-kernel programs of the AF_PACKET tier (bpf/tap.bpf.c): loaded from the object that is
// embedded here, and their maps kept in step with the table that control publishes. Control thread.

#include "tap.h"

#include "../bpf/layout.h"
#include "../frame.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char program_image[] = {
#embed "../bpf/tap.bpf.o"
};

static int program_fd(struct bpf_object *object, const char *name)
{
    struct bpf_program *program = bpf_object__find_program_by_name(object, name);
    return program == NULL ? -ENOENT : bpf_program__fd(program);
}

struct dp_tap *dp_tap_create(struct dp_error *error)
{
    *error = (struct dp_error){"load the in-kernel programs", ENOMEM};
    struct dp_tap *tap = calloc(1, sizeof *tap);
    if (tap == NULL) {
        return NULL;
    }
    libbpf_set_print(NULL); // what failed is said by errno, in our words
    LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "lvsdr_tap");
    tap->object = bpf_object__open_mem(program_image, sizeof program_image, &options);
    if (tap->object == NULL || bpf_object__load(tap->object) != 0) {
        error->code = errno;
        dp_tap_destroy(tap);
        return NULL;
    }
    tap->filter_fd = program_fd(tap->object, "lvsdr_filter");
    tap->guard_fd = program_fd(tap->object, "lvsdr_guard");
    tap->vips_fd = bpf_object__find_map_fd_by_name(tap->object, "lvsdr_vips");
    tap->services_fd = bpf_object__find_map_fd_by_name(tap->object, "lvsdr_services");
    return tap;
}

void dp_tap_destroy(struct dp_tap *tap)
{
    if (tap != NULL) {
        bpf_object__close(tap->object);
        free(tap);
    }
}

static struct dp_tap_vip_key vip_key(const struct dp_service_input *service)
{
    struct dp_tap_vip_key key;
    memcpy(key.address, service->vip.bytes, sizeof key.address);
    return key;
}

static struct dp_tap_service_key service_key(const struct dp_table_input *table,
                                             const struct dp_service_input *service)
{
    struct dp_tap_service_key key = {.port_be = htons(table->ranges[service->first_range].first),
                                     .protocol = service->transport};
    memcpy(key.address, service->vip.bytes, sizeof key.address);
    return key;
}

int dp_tap_admit(struct dp_tap *tap, const struct dp_table_input *table, struct dp_error *error)
{
    *error = (struct dp_error){"tell the kernel the virtual services", 0};
    for (uint32_t i = 0; i < table->service_count; i++) {
        const struct dp_service_input *service = &table->services[i];
        struct dp_tap_vip_key vip = vip_key(service);
        struct dp_tap_service_key key = service_key(table, service);
        uint32_t kind = service->owned ? DP_TAP_VIP_OWNED : DP_TAP_VIP_OF_HOST;
        uint32_t present = 1;
        int failure = bpf_map_update_elem(tap->vips_fd, &vip, &kind, BPF_ANY);
        if (failure == 0) {
            failure = bpf_map_update_elem(tap->services_fd, &key, &present, BPF_ANY);
        }
        if (failure != 0) {
            error->code = -failure;
            return failure;
        }
    }
    return 0;
}

// Deletes the map's keys that `wanted` (sorted, `count` keys of `size` bytes) does not have.
static int delete_others(int map_fd, const void *wanted, size_t count, size_t size,
                         int (*compare)(const void *, const void *))
{
    unsigned char key[sizeof(struct dp_tap_service_key)];
    unsigned char next[sizeof(struct dp_tap_service_key)];
    int failure = bpf_map_get_next_key(map_fd, NULL, next);
    while (failure == 0) {
        memcpy(key, next, size);
        failure = bpf_map_get_next_key(map_fd, key, next);
        if (bsearch(key, wanted, count, size, compare) == NULL) {
            int deleted = bpf_map_delete_elem(map_fd, key);
            if (deleted != 0 && deleted != -ENOENT) {
                return deleted;
            }
        }
    }
    return failure == -ENOENT ? 0 : failure;
}

static int compare_vips(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct dp_tap_vip_key));
}

static int compare_services(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct dp_tap_service_key));
}

int dp_tap_retire(struct dp_tap *tap, const struct dp_table_input *table, struct dp_error *error)
{
    *error = (struct dp_error){"take virtual services from the kernel", ENOMEM};
    size_t count = table->service_count;
    struct dp_tap_vip_key *vips = calloc(count + 1, sizeof *vips);
    struct dp_tap_service_key *services = calloc(count + 1, sizeof *services);
    int failure = -ENOMEM;
    if (vips != NULL && services != NULL) {
        for (size_t i = 0; i < count; i++) {
            vips[i] = vip_key(&table->services[i]);
            services[i] = service_key(table, &table->services[i]);
        }
        qsort(vips, count, sizeof *vips, compare_vips);
        qsort(services, count, sizeof *services, compare_services);
        failure =
            delete_others(tap->services_fd, services, count, sizeof *services, compare_services);
        if (failure == 0) {
            failure = delete_others(tap->vips_fd, vips, count, sizeof *vips, compare_vips);
        }
    }
    free(vips);
    free(services);
    error->code = -failure;
    return failure;
}
