// SPDX-License-Identifier: Apache-2.0
//
// XDP acceleration (bpf/accelerate.bpf.c): its program loaded over the flow table, attached, read for
// what it has sent. Control thread.

#include "accelerate_state.h"

#include "../flow_hash.h"
#include "../flow_known.h"

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
    TRIAL_MAX = 2048, // bytes
    RINGS_MAX = 256,  // CPUs behind these begin no flows
};

_Static_assert(DP_FAST_STATES == (int)DP_FLOW_STATES, "as the program has them");
_Static_assert(DP_FAST_PROBES == (int)DP_FLOW_WINDOW, "it finds what userspace finds");
_Static_assert(sizeof(struct dp_fast_real) == 32, "two a cache line");

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
        .known_mask = dp_known_words(flows) - 1,
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

void *dp_accelerator_map(struct bpf_object *object, const char *name, size_t size)
{
    int map = bpf_object__find_map_fd_by_name(object, name);
    void *start = mmap(NULL, whole_pages(size), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
    return start == MAP_FAILED ? NULL : start;
}

void dp_accelerator_unmap(void *start, size_t size)
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
    uint32_t ring_count = cpus < RINGS_MAX ? (uint32_t)cpus : RINGS_MAX;
    struct bpf_object *object = bpf_object__open_mem(program_image, sizeof program_image, &options);
    accelerator->object = object;
    if (object == NULL) {
        return false;
    }
    struct dp_fast_constants constants = constants_of(accelerator, cpus, sends_back);
    struct bpf_map *flows = bpf_object__find_map_by_name(object, "lvsdr_flows");
    struct bpf_map *traffic = bpf_object__find_map_by_name(object, "lvsdr_traffic");
    struct bpf_map *known = bpf_object__find_map_by_name(object, "lvsdr_known");
    struct bpf_map *barred = bpf_object__find_map_by_name(object, "lvsdr_barred");
    struct bpf_map *rings = bpf_object__find_map_by_name(object, "lvsdr_rings");
    struct bpf_map *openings = bpf_object__find_map_by_name(object, "lvsdr_openings");
    struct bpf_map *fixed = constants_map(object);
    if (flows == NULL || traffic == NULL || known == NULL || barred == NULL || rings == NULL ||
        openings == NULL || fixed == NULL ||
        bpf_map__set_initial_value(fixed, &constants, sizeof constants) != 0 ||
        bpf_map__reuse_fd(flows, accelerator->forwarder->flow_memory.map) != 0 ||
        bpf_map__set_max_entries(traffic, accelerator->shards * ROWS) != 0 ||
        bpf_map__set_max_entries(known, dp_known_words(accelerator->forwarder->flows)) != 0 ||
        bpf_map__set_max_entries(barred, dp_known_words(accelerator->forwarder->flows)) != 0 ||
        bpf_map__set_max_entries(rings, ring_count) != 0 ||
        bpf_map__set_max_entries(openings, ring_count * DP_FAST_OPENINGS) != 0 ||
        bpf_object__load(object) != 0) {
        return false;
    }
    accelerator->settings = dp_accelerator_map(object, "lvsdr_fast", sizeof *accelerator->settings);
    accelerator->reals =
        dp_accelerator_map(object, "lvsdr_reals", DP_REAL_CAPACITY * sizeof *accelerator->reals);
    accelerator->traffic = dp_accelerator_map(object, "lvsdr_traffic", traffic_size(accelerator));
    return accelerator->settings != NULL && accelerator->reals != NULL &&
           accelerator->traffic != NULL && dp_slots_create(accelerator) &&
           dp_openings_create(accelerator, ring_count);
}

struct dp_accelerator *dp_accelerator_create(struct dp_forwarder *forwarder, uint32_t interface,
                                             bool sends_back, struct dp_error *error)
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
    accelerator->ingress = interface;
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

int dp_accelerator_link(const struct dp_accelerator *accelerator, const char *name,
                        uint32_t interface)
{
    LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);
    struct bpf_program *program = bpf_object__find_program_by_name(accelerator->object, name);
    return bpf_link_create(bpf_program__fd(program), (int)interface, BPF_XDP, &options);
}

int dp_accelerator_attach(struct dp_accelerator *accelerator, struct dp_error *error)
{
    *error = (struct dp_error){"attach the XDP program", 0};
    int link = dp_accelerator_link(accelerator, "lvsdr_accelerate", accelerator->ingress);
    if (link < 0) {
        error->code = -link;
        return link;
    }
    accelerator->link = link;
    return 0;
}

int dp_accelerator_leave_rest(const struct dp_accelerator *accelerator, int program)
{
    uint32_t only = 0;
    int rest = bpf_object__find_map_fd_by_name(accelerator->object, "lvsdr_rest");
    return bpf_map_update_elem(rest, &only, &program, BPF_ANY);
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

uint64_t dp_accelerator_known(const struct dp_accelerator *accelerator)
{
    const struct dp_flow_known *known = accelerator->forwarder->flows->known;
    uint64_t count = 0;
    for (uint64_t i = 0; i <= known->mask; i++) {
        count += (uint64_t)__builtin_popcountll(known->words[i].known);
    }
    return count;
}

int dp_accelerator_try(struct dp_accelerator *accelerator, const uint8_t *frame, uint32_t length,
                       struct dp_acceleration_trial *trial, struct dp_error *error)
{
    *error = (struct dp_error){"run the XDP program over a frame", 0};
    struct bpf_program *program =
        bpf_object__find_program_by_name(accelerator->object, "lvsdr_accelerate");
    uint8_t sent[TRIAL_MAX];
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = length,
                .data_out = sent, .data_size_out = sizeof sent);
    int failure = bpf_prog_test_run_opts(bpf_program__fd(program), &options);
    trial->sent = options.retval == XDP_TX || options.retval == XDP_REDIRECT;
    memcpy(trial->mac, sent, DP_MAC_LENGTH);
    error->code = -failure;
    return failure;
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
    dp_slots_destroy(accelerator);
    dp_openings_destroy(accelerator);
    dp_accelerator_unmap(accelerator->settings, sizeof *accelerator->settings);
    dp_accelerator_unmap(accelerator->reals, DP_REAL_CAPACITY * sizeof *accelerator->reals);
    dp_accelerator_unmap((void *)accelerator->traffic, traffic_size(accelerator));
    bpf_object__close(accelerator->object);
    free(accelerator->wanted);
    free(accelerator);
}
