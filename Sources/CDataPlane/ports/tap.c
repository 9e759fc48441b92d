// SPDX-License-Identifier: Apache-2.0
//
// The in-kernel programs of the AF_PACKET tier (bpf/tap.bpf.c): loaded from the object that is
// embedded here, their maps and the interface's multicast groups kept in step with the table that
// control publishes. Control thread; RFC 2464 section 7, RFC 4291 section 2.7.1, packet(7).

#include "tap.h"

#include "../bpf/layout.h"
#include "../frame.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const unsigned char program_image[] = {
#embed "../bpf/tap.bpf.o"
};

struct vip_item {
    struct dp_tap_vip_key key;
    uint32_t kind; // enum dp_tap_vip
};

struct group_item {
    uint32_t interface;
    uint8_t mac[8]; // DP_MAC_LENGTH of them; the rest is 0
};

static int tell_vip(const struct dp_tap *tap, const void *item)
{
    const unsigned char *kind = (const unsigned char *)item + offsetof(struct vip_item, kind);
    return bpf_map_update_elem(tap->vips_fd, item, kind, BPF_ANY);
}

static int untell_vip(const struct dp_tap *tap, const void *item)
{
    return bpf_map_delete_elem(tap->vips_fd, item);
}

static int tell_ports(const struct dp_tap *tap, const void *item)
{
    uint32_t present = 1;
    return bpf_map_update_elem(tap->services_fd, item, &present, BPF_ANY);
}

static int untell_ports(const struct dp_tap *tap, const void *item)
{
    return bpf_map_delete_elem(tap->services_fd, item);
}

static int change_membership(const struct dp_tap *tap, const void *item, int change)
{
    struct group_item group;
    memcpy(&group, item, sizeof group);
    struct packet_mreq request = {.mr_ifindex = (int)group.interface,
                                  .mr_type = PACKET_MR_MULTICAST,
                                  .mr_alen = DP_MAC_LENGTH};
    memcpy(request.mr_address, group.mac, DP_MAC_LENGTH);
    int failed = setsockopt(tap->groups_fd, SOL_PACKET, change, &request, sizeof request);
    return failed ? -errno : 0;
}

static int join_group(const struct dp_tap *tap, const void *item)
{
    return change_membership(tap, item, PACKET_ADD_MEMBERSHIP);
}

static int leave_group(const struct dp_tap *tap, const void *item)
{
    return change_membership(tap, item, PACKET_DROP_MEMBERSHIP);
}

static int program_fd(struct bpf_object *object, const char *name)
{
    struct bpf_program *program = bpf_object__find_program_by_name(object, name);
    return program == NULL ? -ENOENT : bpf_program__fd(program);
}

static bool load(struct dp_tap *tap)
{
    libbpf_set_print(NULL); // what failed is said by errno, in our words
    LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "lvsdr_tap");
    tap->object = bpf_object__open_mem(program_image, sizeof program_image, &options);
    if (tap->object == NULL || bpf_object__load(tap->object) != 0) {
        return false;
    }
    tap->filter_fd = program_fd(tap->object, "lvsdr_filter");
    tap->guard_fd = program_fd(tap->object, "lvsdr_guard");
    tap->vips_fd = bpf_object__find_map_fd_by_name(tap->object, "lvsdr_vips");
    tap->services_fd = bpf_object__find_map_fd_by_name(tap->object, "lvsdr_services");
    return true;
}

struct dp_tap *dp_tap_create(struct dp_error *error)
{
    *error = (struct dp_error){"load the in-kernel programs", ENOMEM};
    struct dp_tap *tap = malloc(sizeof *tap);
    if (tap == NULL) {
        return NULL;
    }
    *tap = (struct dp_tap){
        .groups_fd = -1,
        .vips = {.item_size = sizeof(struct vip_item),
                 .key_size = sizeof(struct dp_tap_vip_key),
                 .tell = tell_vip,
                 .untell = untell_vip},
        .services = {.item_size = sizeof(struct dp_tap_service_key),
                     .key_size = sizeof(struct dp_tap_service_key),
                     .tell = tell_ports,
                     .untell = untell_ports},
        .groups = {.item_size = sizeof(struct group_item),
                   .key_size = sizeof(struct group_item),
                   .tell = join_group,
                   .untell = leave_group},
    };
    bool done = load(tap);
    if (done) {
        error->operation = "open a socket for multicast groups";
        // Of no protocol: it receives nothing.
        tap->groups_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        done = tap->groups_fd >= 0;
    }
    if (!done) {
        error->code = errno;
        dp_tap_destroy(tap);
        return NULL;
    }
    return tap;
}

void dp_tap_destroy(struct dp_tap *tap)
{
    if (tap == NULL) {
        return;
    }
    if (tap->groups_fd >= 0) {
        close(tap->groups_fd);
    }
    bpf_object__close(tap->object);
    dp_told_clear(&tap->vips);
    dp_told_clear(&tap->services);
    dp_told_clear(&tap->groups);
    free(tap);
}

// What is done with each item of a table: dp_told_add or dp_told_keep.
typedef int item_step(struct dp_told *told, const struct dp_tap *tap, const void *item);

static int step_vip(struct dp_tap *tap, const struct dp_service_input *service, item_step *step)
{
    struct vip_item item = {.kind = service->owned ? DP_TAP_VIP_OWNED : DP_TAP_VIP_OF_HOST};
    memcpy(item.key.address, service->vip.bytes, sizeof item.key.address);
    return step(&tap->vips, tap, &item);
}

// A range of ports, in the fewest blocks that are prefixes.
static int step_ports(struct dp_tap *tap, const struct dp_service_input *service,
                      struct dp_port_range range, item_step *step)
{
    struct dp_tap_service_key key = {.protocol_be = htons(service->transport)};
    memcpy(key.address, service->vip.bytes, sizeof key.address);
    uint32_t end = range.last + 1u;
    int failure = 0;
    for (uint32_t size, port = range.first; port < end && failure == 0; port += size) {
        size = 1;
        key.port_be = htons((uint16_t)port);
        key.prefix_length = DP_TAP_PREFIX_PORT;
        while (key.prefix_length > DP_TAP_PREFIX_ANY_PORT && port % (2 * size) == 0 &&
               port + 2 * size <= end) {
            size *= 2;
            key.prefix_length--;
        }
        failure = step(&tap->services, tap, &key);
    }
    return failure;
}

static int step_services(struct dp_tap *tap, const struct dp_table_input *table, item_step *step)
{
    int failure = 0;
    for (uint32_t i = 0; i < table->service_count && failure == 0; i++) {
        const struct dp_service_input *service = &table->services[i];
        failure = step_vip(tap, service, step);
        for (uint32_t j = 0; j < service->range_count && failure == 0; j++) {
            failure = step_ports(tap, service, table->ranges[service->first_range + j], step);
        }
    }
    return failure;
}

// The groups that are asked for the MAC addresses of the VIPs that are ours.
static int step_groups(struct dp_tap *tap, const struct dp_table_input *table, item_step *step)
{
    int failure = 0;
    for (uint32_t i = 0; i < table->service_count && failure == 0; i++) {
        const struct dp_service_input *service = &table->services[i];
        union dp_address vip = dp_address_of(&service->vip);
        if (!service->owned || dp_address_is_ipv4(&vip)) {
            continue;
        }
        struct group_item item = {
            .interface = table->ingress,
            .mac = {0x33, 0x33, 0xFF, vip.bytes[13], vip.bytes[14], vip.bytes[15]}};
        failure = step(&tap->groups, tap, &item);
        if (failure == -ENODEV) {
            failure = 0; // an interface that is gone brings no solicitations
        }
    }
    return failure;
}

int dp_tap_admit(struct dp_tap *tap, const struct dp_table_input *table, struct dp_error *error)
{
    *error = (struct dp_error){"tell the kernel the virtual services", 0};
    int failure = step_services(tap, table, dp_told_add);
    if (failure == 0) {
        error->operation = "join the multicast groups of the VIPs";
        failure = step_groups(tap, table, dp_told_add);
    }
    error->code = -failure;
    return failure;
}

int dp_tap_retire(struct dp_tap *tap, const struct dp_table_input *table, struct dp_error *error)
{
    *error = (struct dp_error){"take virtual services from the kernel", 0};
    step_services(tap, table, dp_told_keep);
    step_groups(tap, table, dp_told_keep);
    int services = dp_told_retire(&tap->services, tap);
    int vips = dp_told_retire(&tap->vips, tap);
    int groups = dp_told_retire(&tap->groups, tap);
    int failure = services != 0 ? services : vips != 0 ? vips : groups;
    error->code = -failure;
    return failure;
}

// Runs a program over a frame as if the interface had received it; its return value in `*verdict`.
static int run(int program, uint32_t interface, const uint8_t *frame, uint32_t length,
               uint32_t *verdict)
{
    struct __sk_buff context = {.ifindex = interface};
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = length,
                .ctx_in = &context, .ctx_size_in = sizeof context);
    int failure = bpf_prog_test_run_opts(program, &options);
    *verdict = options.retval;
    return failure;
}

int dp_tap_try(struct dp_tap *tap, uint32_t interface, const uint8_t *frame, uint32_t length,
               struct dp_tap_decision *decision, struct dp_error *error)
{
    *error = (struct dp_error){"run the in-kernel programs over a frame", EINVAL};
    uint8_t twice[DP_ETHERNET_HEADER + DP_TAP_TRY_MAX];
    if (length < DP_ETHERNET_HEADER || length > DP_TAP_TRY_MAX) {
        return -EINVAL;
    }
    // A trial takes a socket filter's first Ethernet header off, unlike AF_PACKET.
    memcpy(twice, frame, DP_ETHERNET_HEADER);
    memcpy(twice + DP_ETHERNET_HEADER, frame, length);
    uint32_t copied = 0;
    uint32_t action = 0;
    int failure = run(tap->filter_fd, interface, twice, DP_ETHERNET_HEADER + length, &copied);
    if (failure == 0) {
        failure = run(tap->guard_fd, interface, frame, length, &action);
    }
    *decision = (struct dp_tap_decision){.admitted = copied != 0, .taken = action == TC_ACT_SHOT};
    error->code = -failure;
    return failure;
}
