// SPDX-License-Identifier: Apache-2.0
//
// XDP acceleration (bpf/accelerate.bpf.c): loaded over the flow table, told with each publication what
// it may send, read for what it has sent. Shared memory, no system call on the way. Control thread.

#include "accelerate.h"

#include "../bpf/accelerate_layout.h"
#include "../flow_hash.h"
#include "../forwarder.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const unsigned char program_image[] = {
#embed "../bpf/accelerate.bpf.o"
};

enum {
    ROWS = DP_REAL_CAPACITY + DP_SERVICE_CAPACITY, // of a shard of the counters
    SHARDS_MAX = 16,
    EGRESS_MAX = 16, // interfaces beside the ingress
};

_Static_assert(DP_FAST_STATES == (int)DP_FLOW_STATES, "as the program has them");
_Static_assert(sizeof(struct dp_fast_real) == 32, "two a cache line");

struct egress {
    uint32_t interface;
    int link; // a descriptor; negative: it takes no program, so that nothing is redirected to it
};

struct dp_accelerator {
    struct dp_forwarder *forwarder;
    struct bpf_object *object;
    int link;         // a descriptor; negative until it is attached
    uint32_t ingress; // the interface that it is attached to
    struct dp_fast_settings *settings;
    struct dp_fast_real *reals;  // what the program reads
    struct dp_fast_real *wanted; // what it is to read, with `state` 0 or 1
    volatile struct dp_fast_traffic *traffic;
    uint32_t shards;
    uint32_t generation;
    uint32_t real_end, service_end; // highest indexes ever told, + 1
    bool is_told, suspended;
    struct egress egress[EGRESS_MAX];
    uint32_t egress_count;
};

static size_t traffic_size(const struct dp_accelerator *accelerator)
{
    return (size_t)accelerator->shards * ROWS * sizeof(struct dp_fast_traffic);
}

// One shard a CPU, as far as that goes.
static uint32_t shard_count(int cpus)
{
    uint32_t shards = 1;
    while (shards < SHARDS_MAX && (int)shards < cpus) {
        shards *= 2;
    }
    return shards;
}

static void split(unsigned long long halves[2], unsigned __int128 number)
{
    halves[0] = (unsigned long long)number;
    halves[1] = (unsigned long long)(number >> 64);
}

static struct dp_fast_constants constants_of(const struct dp_accelerator *accelerator, int cpus,
                                             bool sends_back)
{
    const struct dp_flow_table *flows = accelerator->forwarder->flows;
    struct dp_fast_constants constants = {
        .line_count = flows->line_count,
        .first_line = (uint32_t)(dp_flow_lines_offset(DP_REAL_CAPACITY) / sizeof(struct dp_flow)),
        .shard_mask = accelerator->shards - 1,
        .shards_are_shared = cpus > (int)accelerator->shards,
        .sends_back = sends_back,
    };
    for (int i = 0; i < 3; i++) {
        split(constants.ipv4[i], flows->hash_key.ipv4[i]);
    }
    for (int i = 0; i < 6; i++) {
        split(constants.ipv6[i], flows->hash_key.ipv6[i]);
    }
    return constants;
}

static struct bpf_map *constants_map(struct bpf_object *object)
{
    struct bpf_map *map;
    bpf_object__for_each_map(map, object)
    {
        const char *name = bpf_map__name(map);
        if (strstr(name, ".rodata") != NULL) {
            return map;
        }
    }
    return NULL;
}

static size_t whole_pages(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) / page * page;
}

static void *map_array(struct bpf_object *object, const char *name, size_t size)
{
    int map = bpf_object__find_map_fd_by_name(object, name);
    void *start = mmap(NULL, whole_pages(size), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
    return start == MAP_FAILED ? NULL : start;
}

static void unmap_array(void *start, size_t size)
{
    if (start != NULL) {
        munmap(start, whole_pages(size));
    }
}

// Loads the program over the flow table; false with errno set.
static bool load(struct dp_accelerator *accelerator, bool sends_back)
{
    libbpf_set_print(NULL); // what failed is said by errno, in our words
    LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "lvsdr_fast");
    int cpus = libbpf_num_possible_cpus();
    accelerator->shards = shard_count(cpus);
    struct bpf_object *object = bpf_object__open_mem(program_image, sizeof program_image, &options);
    accelerator->object = object;
    if (object == NULL) {
        return false;
    }
    struct dp_fast_constants constants = constants_of(accelerator, cpus, sends_back);
    struct bpf_map *flows = bpf_object__find_map_by_name(object, "lvsdr_flows");
    struct bpf_map *traffic = bpf_object__find_map_by_name(object, "lvsdr_traffic");
    struct bpf_map *fixed = constants_map(object);
    if (flows == NULL || traffic == NULL || fixed == NULL ||
        bpf_map__set_initial_value(fixed, &constants, sizeof constants) != 0 ||
        bpf_map__reuse_fd(flows, accelerator->forwarder->flow_memory.map) != 0 ||
        bpf_map__set_max_entries(traffic, accelerator->shards * ROWS) != 0 ||
        bpf_object__load(object) != 0) {
        return false;
    }
    accelerator->settings = map_array(object, "lvsdr_fast", sizeof *accelerator->settings);
    accelerator->reals =
        map_array(object, "lvsdr_reals", DP_REAL_CAPACITY * sizeof *accelerator->reals);
    accelerator->traffic = map_array(object, "lvsdr_traffic", traffic_size(accelerator));
    return accelerator->settings != NULL && accelerator->reals != NULL &&
           accelerator->traffic != NULL;
}

struct dp_accelerator *dp_accelerator_create(struct dp_forwarder *forwarder, bool sends_back,
                                             struct dp_error *error)
{
    *error = (struct dp_error){"load the XDP program", ENOTSUP};
    // The program has no fences to read with: it relies on loads staying in order.
#if !defined(__x86_64__)
    return NULL;
#endif
    error->code = EINVAL;
    if (forwarder->flow_memory.map == 0 || forwarder->accelerator != NULL) {
        return NULL;
    }
    struct dp_accelerator *accelerator = calloc(1, sizeof *accelerator);
    error->code = ENOMEM;
    if (accelerator == NULL) {
        return NULL;
    }
    accelerator->forwarder = forwarder;
    accelerator->link = -1;
    accelerator->wanted = calloc(DP_REAL_CAPACITY, sizeof *accelerator->wanted);
    if (accelerator->wanted == NULL || !load(accelerator, sends_back)) {
        error->code = errno;
        dp_accelerator_destroy(accelerator);
        return NULL;
    }
    forwarder->accelerator = accelerator;
    return accelerator;
}

// The descriptor of a link, which goes with the process; or -errno. Programs that a network driver runs
// only: the general path of the kernel's would cost more than it saves.
static int attach(const struct dp_accelerator *accelerator, const char *name, uint32_t interface)
{
    LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);
    struct bpf_program *program = bpf_object__find_program_by_name(accelerator->object, name);
    return bpf_link_create(bpf_program__fd(program), (int)interface, BPF_XDP, &options);
}

int dp_accelerator_attach(struct dp_accelerator *accelerator, uint32_t interface,
                          struct dp_error *error)
{
    *error = (struct dp_error){"attach the XDP program", 0};
    int link = attach(accelerator, "lvsdr_accelerate", interface);
    if (link < 0) {
        error->code = -link;
        return link;
    }
    accelerator->ingress = interface;
    accelerator->link = link;
    return 0;
}

// Whether frames can be redirected to the interface: many drivers take them only where a program is.
static bool is_way_out(struct dp_accelerator *accelerator, uint32_t interface)
{
    if (interface == accelerator->ingress) {
        return true;
    }
    for (uint32_t i = 0; i < accelerator->egress_count; i++) {
        if (accelerator->egress[i].interface == interface) {
            return accelerator->egress[i].link >= 0;
        }
    }
    if (accelerator->egress_count == EGRESS_MAX) {
        return false;
    }
    struct egress *egress = &accelerator->egress[accelerator->egress_count++];
    *egress = (struct egress){interface, attach(accelerator, "lvsdr_egress", interface)};
    return egress->link >= 0;
}

// Services whose ports are one range, and whose new flows the flow table alone decides on.
static bool is_for_program(const struct dp_service_input *service, const struct dp_real_input *real)
{
    return real->usable && !real->down && !service->waits && !service->one_packet &&
           service->persistence_s == 0 && service->range_count == 1 && real->upper_threshold == 0;
}

static struct dp_fast_real fast_real(struct dp_accelerator *accelerator,
                                     const struct dp_table_input *table,
                                     const struct dp_service_input *service,
                                     const struct dp_real_input *real)
{
    struct dp_fast_real fast = {0};
    if (!is_for_program(service, real) || !is_way_out(accelerator, real->egress)) {
        return fast;
    }
    memcpy(fast.header, real->mac, DP_MAC_LENGTH);
    memcpy(fast.header + DP_MAC_LENGTH, real->egress_mac, DP_MAC_LENGTH);
    fast.egress = real->egress;
    fast.state = 1;
    fast.service = service->index;
    fast.first_port = table->ranges[service->first_range].first;
    fast.last_port = table->ranges[service->first_range].last;
    return fast;
}

static void want(struct dp_accelerator *accelerator, const struct dp_table_input *table)
{
    memset(accelerator->wanted, 0, accelerator->real_end * sizeof *accelerator->wanted);
    for (uint32_t i = 0; i < table->service_count; i++) {
        const struct dp_service_input *service = &table->services[i];
        if (service->index >= accelerator->service_end) {
            accelerator->service_end = service->index + 1;
        }
        for (uint32_t k = 0; k < service->real_count; k++) {
            const struct dp_real_input *real = &table->reals[service->first_real + k];
            accelerator->wanted[real->index] = fast_real(accelerator, table, service, real);
            if (real->index >= accelerator->real_end) {
                accelerator->real_end = real->index + 1;
            }
        }
    }
}

// Whether the program reads of the real server what it is to read.
static bool is_told(const struct dp_fast_real *fast, const struct dp_fast_real *wanted)
{
    struct dp_fast_real told = *fast;
    told.state = told.state != 0;
    return memcmp(&told, wanted, sizeof told) == 0;
}

static void set_state(struct dp_fast_real *fast, uint32_t state)
{
    // Whoever reads this reads what was written before it.
    __atomic_store_n(&fast->state, state, __ATOMIC_RELEASE);
}

void dp_accelerator_withdraw(struct dp_accelerator *accelerator, const struct dp_table_input *table)
{
    want(accelerator, table);
    uint64_t mac = 0;
    memcpy(&mac, table->ingress_mac, DP_MAC_LENGTH);
    struct dp_fast_settings *settings = accelerator->settings;
    if (settings->mac != mac || (settings->preserves_source != 0) != table->preserve_source_mac) {
        settings->enabled = 0;
    }
    for (uint32_t i = 0; i < accelerator->real_end; i++) {
        if (accelerator->reals[i].state != 0 &&
            !is_told(&accelerator->reals[i], &accelerator->wanted[i])) {
            set_state(&accelerator->reals[i], 0);
        }
    }
}

static void tell_real(struct dp_accelerator *accelerator, uint32_t index)
{
    struct dp_fast_real *fast = &accelerator->reals[index];
    const struct dp_fast_real *wanted = &accelerator->wanted[index];
    if (wanted->state == 0 || is_told(fast, wanted)) {
        return;
    }
    // Its state is 0: nobody uses what is written now. Never 0 again, and not soon the same.
    memcpy(fast, wanted, offsetof(struct dp_fast_real, state));
    fast->service = wanted->service;
    fast->first_port = wanted->first_port;
    fast->last_port = wanted->last_port;
    accelerator->generation += accelerator->generation == UINT32_MAX ? 2 : 1;
    set_state(fast, accelerator->generation);
}

void dp_accelerator_tell(struct dp_accelerator *accelerator, const struct dp_table_input *table)
{
    struct dp_fast_settings *settings = accelerator->settings;
    struct dp_timeouts timeouts = dp_timeouts_of(table);
    for (int i = 0; i < DP_FLOW_STATES; i++) {
        settings->timeout_ms[i] = timeouts.by_state_ms[i];
    }
    uint64_t mac = 0;
    memcpy(&mac, table->ingress_mac, DP_MAC_LENGTH);
    settings->mac = mac;
    settings->ingress = table->ingress;
    settings->preserves_source = table->preserve_source_mac;
    for (uint32_t i = 0; i < accelerator->real_end; i++) {
        tell_real(accelerator, i);
    }
    accelerator->is_told = true;
    dp_accelerator_suspend(accelerator, accelerator->suspended);
}

void dp_accelerator_suspend(struct dp_accelerator *accelerator, bool suspended)
{
    accelerator->suspended = suspended;
    uint32_t enabled = accelerator->is_told && !suspended;
    __atomic_store_n(&accelerator->settings->enabled, enabled, __ATOMIC_RELEASE);
}

static struct dp_traffic sum(const struct dp_accelerator *accelerator, uint32_t row)
{
    struct dp_traffic traffic = {0};
    for (uint32_t shard = 0; shard < accelerator->shards; shard++) {
        const volatile struct dp_fast_traffic *part = &accelerator->traffic[shard * ROWS + row];
        traffic.packets += part->packets;
        traffic.bytes += part->bytes;
    }
    return traffic;
}

struct dp_traffic dp_accelerator_service_traffic(const struct dp_accelerator *accelerator,
                                                 uint32_t index)
{
    return sum(accelerator, DP_REAL_CAPACITY + index);
}

struct dp_traffic dp_accelerator_real_traffic(const struct dp_accelerator *accelerator,
                                              uint32_t index)
{
    return sum(accelerator, index);
}

uint64_t dp_accelerator_frames(const struct dp_accelerator *accelerator)
{
    uint64_t frames = 0;
    for (uint32_t i = 0; i < accelerator->service_end; i++) {
        frames += dp_accelerator_service_traffic(accelerator, i).packets;
    }
    return frames;
}

void dp_accelerator_destroy(struct dp_accelerator *accelerator)
{
    if (accelerator == NULL) {
        return;
    }
    if (accelerator->forwarder->accelerator == accelerator) {
        accelerator->forwarder->accelerator = NULL;
    }
    for (uint32_t i = 0; i < accelerator->egress_count; i++) {
        if (accelerator->egress[i].link >= 0) {
            close(accelerator->egress[i].link);
        }
    }
    if (accelerator->link >= 0) {
        close(accelerator->link);
    }
    unmap_array(accelerator->settings, sizeof *accelerator->settings);
    unmap_array(accelerator->reals, DP_REAL_CAPACITY * sizeof *accelerator->reals);
    unmap_array((void *)accelerator->traffic, traffic_size(accelerator));
    bpf_object__close(accelerator->object);
    free(accelerator->wanted);
    free(accelerator);
}
