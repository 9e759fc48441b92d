// SPDX-License-Identifier: Apache-2.0
//
// The program that hands frames to the sockets of AF_XDP (bpf/xdp_port.bpf.c): loaded over what the tap
// has told the kernel, put on the interface or behind the accelerating program. Control thread.

#include "accelerate.h"
#include "tap.h"
#include "xdp.h"

#include "../bpf/xdp_port_layout.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const unsigned char program_image[] = {
#embed "../bpf/xdp_port.bpf.o"
};

struct dp_divert {
    struct bpf_object *object;
    int program, sockets, settings; // descriptors, owned by the object
    int link;                       // a descriptor; negative: it is on no interface
};

static bool share(struct bpf_object *object, const char *name, int map)
{
    struct bpf_map *shared = bpf_object__find_map_by_name(object, name);
    return shared != NULL && bpf_map__reuse_fd(shared, map) == 0;
}

// False with errno set.
static bool load(struct dp_divert *divert, const struct dp_tap *tap)
{
    libbpf_set_print(NULL); // what failed is said by errno, in our words
    LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "lvsdr_divert");
    divert->object = bpf_object__open_mem(program_image, sizeof program_image, &options);
    if (divert->object == NULL || !share(divert->object, "lvsdr_vips", tap->vips_fd) ||
        !share(divert->object, "lvsdr_services", tap->services_fd) ||
        bpf_object__load(divert->object) != 0) {
        return false;
    }
    divert->program =
        bpf_program__fd(bpf_object__find_program_by_name(divert->object, "lvsdr_divert"));
    divert->sockets = bpf_object__find_map_fd_by_name(divert->object, "lvsdr_sockets");
    divert->settings = bpf_object__find_map_fd_by_name(divert->object, "lvsdr_door");
    return true;
}

struct dp_divert *dp_divert_create(struct dp_tap *tap, struct dp_error *error)
{
    *error = (struct dp_error){"load the XDP program for AF_XDP", ENOMEM};
    struct dp_divert *divert = malloc(sizeof *divert);
    if (divert == NULL) {
        return NULL;
    }
    *divert = (struct dp_divert){.link = -1};
    if (!load(divert, tap)) {
        error->code = errno;
        dp_divert_destroy(divert);
        return NULL;
    }
    return divert;
}

int dp_divert_add(struct dp_divert *divert, const struct dp_port *port, struct dp_error *error)
{
    const struct dp_xdp_port *xdp = (const struct dp_xdp_port *)port;
    int socket = xsk_socket__fd(xdp->ways[0].socket);
    int failure = bpf_map_update_elem(divert->sockets, &xdp->queue, &socket, BPF_ANY);
    *error = (struct dp_error){"hand frames to an AF_XDP socket", -failure};
    return failure;
}

int dp_divert_attach(struct dp_divert *divert, uint32_t interface,
                     struct dp_accelerator *accelerator, struct dp_error *error)
{
    LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);
    *error = (struct dp_error){"attach the XDP program for AF_XDP", 0};
    if (accelerator != NULL) {
        int failure = dp_accelerator_leave_rest(accelerator, divert->program);
        error->code = -failure;
        return failure;
    }
    int link = bpf_link_create(divert->program, (int)interface, BPF_XDP, &options);
    if (link < 0) {
        error->code = -link;
        return link;
    }
    divert->link = link;
    return 0;
}

int dp_divert_tell(struct dp_divert *divert, const struct dp_table_input *table,
                   struct dp_error *error)
{
    uint32_t only = 0;
    struct dp_xdp_port_settings settings = {0};
    memcpy(&settings.mac, table->ingress_mac, DP_MAC_LENGTH);
    int failure = bpf_map_update_elem(divert->settings, &only, &settings, BPF_ANY);
    *error = (struct dp_error){"tell the XDP program the interface's MAC address", -failure};
    return failure;
}

int dp_divert_try(struct dp_divert *divert, const uint8_t *frame, uint32_t length, bool *taken,
                  struct dp_error *error)
{
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = length);
    int failure = bpf_prog_test_run_opts(divert->program, &options);
    *taken = options.retval == XDP_REDIRECT;
    *error = (struct dp_error){"run the XDP program for AF_XDP over a frame", -failure};
    return failure;
}

void dp_divert_destroy(struct dp_divert *divert)
{
    if (divert == NULL) {
        return;
    }
    if (divert->link >= 0) {
        close(divert->link);
    }
    bpf_object__close(divert->object);
    free(divert);
}
