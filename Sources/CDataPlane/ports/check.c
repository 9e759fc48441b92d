// SPDX-License-Identifier: Apache-2.0
//
// The in-kernel programs that let a check ask a real server for a VIP (bpf/check.bpf.c): loaded from
// the object that is embedded here, told which mark names which VIP, put on the interfaces by which
// the real servers are reached. Control thread; socket(7) SO_MARK.

#include "CDataPlane.h"
#include "hook.h"

#include "../bpf/check_layout.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char program_image[] = {
#embed "../bpf/check.bpf.o"
};

struct dp_check {
    struct bpf_object *object;
    int out_fd, in_fd; // programs, owned by the object
    int vips_fd;       // a map, likewise
};

static int program_fd(struct bpf_object *object, const char *name)
{
    struct bpf_program *program = bpf_object__find_program_by_name(object, name);
    return program == NULL ? -ENOENT : bpf_program__fd(program);
}

static bool load(struct dp_check *check)
{
    libbpf_set_print(NULL); // what failed is said by errno, in our words
    LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "lvsdr_check");
    check->object = bpf_object__open_mem(program_image, sizeof program_image, &options);
    if (check->object == NULL || bpf_object__load(check->object) != 0) {
        return false;
    }
    check->out_fd = program_fd(check->object, "lvsdr_check_out");
    check->in_fd = program_fd(check->object, "lvsdr_check_in");
    check->vips_fd = bpf_object__find_map_fd_by_name(check->object, "lvsdr_checked");
    return true;
}

struct dp_check *dp_check_create(struct dp_error *error)
{
    *error = (struct dp_error){"load the in-kernel programs for checks", ENOMEM};
    struct dp_check *check = calloc(1, sizeof *check);
    if (check != NULL && !load(check)) {
        error->code = errno;
        dp_check_destroy(check);
        return NULL;
    }
    return check;
}

void dp_check_destroy(struct dp_check *check)
{
    if (check != NULL) {
        bpf_object__close(check->object);
        free(check);
    }
}

int dp_check_tell(struct dp_check *check, uint32_t mark, const struct dp_ip *vip,
                  struct dp_error *error)
{
    int failure = bpf_map_update_elem(check->vips_fd, &mark, vip->bytes, BPF_ANY);
    *error = (struct dp_error){"tell the kernel a VIP to be checked", -failure};
    return failure;
}

int dp_check_untell(struct dp_check *check, uint32_t mark, struct dp_error *error)
{
    int failure = bpf_map_delete_elem(check->vips_fd, &mark);
    failure = failure == -ENOENT ? 0 : failure;
    *error = (struct dp_error){"take a VIP that was checked from the kernel", -failure};
    return failure;
}

int dp_check_attach(struct dp_check *check, uint32_t interface, struct dp_error *error)
{
    *error = (struct dp_error){"attach the programs for checks to an interface", 0};
    // The way back first: no packet leaves whose reply would not be understood.
    int in = dp_hook_attach(interface, DP_SEAT_CHECK_IN, check->in_fd);
    int out = in < 0 ? in : dp_hook_attach(interface, DP_SEAT_CHECK_OUT, check->out_fd);
    if (out < 0) {
        error->code = -out;
        return out;
    }
    return in | out;
}

int dp_check_detach(uint32_t interface, struct dp_error *error)
{
    *error = (struct dp_error){"take the programs for checks off an interface", 0};
    int out = dp_hook_detach(interface, DP_SEAT_CHECK_OUT);
    int in = dp_hook_detach(interface, DP_SEAT_CHECK_IN);
    int failure = out != 0 ? out : in;
    failure = failure == -ENODEV ? 0 : failure; // they went with the interface
    error->code = -failure;
    return failure;
}

int dp_check_try(struct dp_check *check, bool out, uint32_t mark, uint32_t interface,
                 uint8_t *frame, uint32_t length, struct dp_error *error)
{
    struct __sk_buff context = {.ifindex = interface, .mark = mark};
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = length,
                .data_out = frame, .data_size_out = length, .ctx_in = &context,
                .ctx_size_in = sizeof context);
    int failure = bpf_prog_test_run_opts(out ? check->out_fd : check->in_fd, &options);
    *error = (struct dp_error){"run the programs for checks over a frame", -failure};
    return failure;
}
