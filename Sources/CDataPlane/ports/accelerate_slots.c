// SPDX-License-Identifier: Apache-2.0
//
// Slots for the XDP program: of services whose scheduler has a slot table, the table and the list that
// it is of; and which flows it may know by them. They are built with each publication. Where they are
// others than before, the program looks each flow's line up until no worker picks by the old ones, the
// new ones stand, and every flow that they would send elsewhere is barred. Control thread.

#include "accelerate_state.h"
#include "openings.h"

#include "../flow_hash.h"
#include "../flow_known.h"
#include "../scheduler.h"

#include <arpa/inet.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    KNOWN_PER_FLOW = 4,
    KNOWN_MIN = 64,      // words
    KNOWN_MAX = 1 << 17, // words: 8,388,608 flows, 2 MiB, which a CPU's own cache may hold
    TAKE_MS = 2000,
    // Flows of shorter timeouts could be forgotten while the program sees them.
    TIMEOUT_MIN_MS = 10000,
    // Where the kernel has no barrier: so long a program does not run.
    GRACE_MS = 1000,
    TABLE_PLACES = 1 << 15,
};

// As the program's arrays are, or are to be.
struct arrays {
    struct dp_fast_service *services;
    uint16_t *slots;
    uint32_t *listed;
    uint32_t service_count, slot_count, listed_count;
};

struct placed {
    const struct dp_slot_table *table;
    uint32_t first_slot;
};

struct dp_slot_image {
    struct arrays told, wanted;
    struct placed *placed; // by the table's address; while one is built
    struct dp_flow_known known;
    uint64_t *barred; // one bit for each of the known
    bool pending;
    uint64_t withdrawn_ms;
    uint64_t taken_ms;                   // what was seen
    uint32_t passes[DP_WORKER_CAPACITY]; // of the workers' sweeps, then
};

uint32_t dp_known_words(const struct dp_flow_table *flows)
{
    uint32_t words = KNOWN_MIN;
    while (words < KNOWN_MAX && (uint64_t)words * 64 < flows->capacity * KNOWN_PER_FLOW) {
        words *= 2;
    }
    return words;
}

bool dp_slots_create(struct dp_accelerator *accelerator)
{
    struct dp_slot_image *image = calloc(1, sizeof *image);
    accelerator->slots = image;
    if (image == NULL) {
        return false;
    }
    struct bpf_object *object = accelerator->object;
    image->told.services = dp_accelerator_map(object, "lvsdr_services",
                                              DP_FAST_SERVICES * sizeof *image->told.services);
    image->told.slots =
        dp_accelerator_map(object, "lvsdr_slots", DP_FAST_SLOTS * sizeof *image->told.slots);
    image->told.listed =
        dp_accelerator_map(object, "lvsdr_listed", DP_FAST_LISTED * sizeof *image->told.listed);
    uint32_t words = dp_known_words(accelerator->forwarder->flows);
    image->known.mask = words - 1;
    image->known.words =
        dp_accelerator_map(object, "lvsdr_known", words * sizeof *image->known.words);
    image->barred = dp_accelerator_map(object, "lvsdr_barred", words * sizeof *image->barred);
    image->known.seen_before = calloc(words, sizeof *image->known.seen_before);
    // What is not used of these costs no memory.
    image->wanted.services = calloc(DP_FAST_SERVICES, sizeof *image->wanted.services);
    image->wanted.slots = calloc(DP_FAST_SLOTS, sizeof *image->wanted.slots);
    image->wanted.listed = calloc(DP_FAST_LISTED, sizeof *image->wanted.listed);
    image->placed = calloc(TABLE_PLACES, sizeof *image->placed);
    if (image->told.services == NULL || image->told.slots == NULL || image->told.listed == NULL ||
        image->known.words == NULL || image->barred == NULL || image->known.seen_before == NULL ||
        image->wanted.services == NULL || image->wanted.slots == NULL ||
        image->wanted.listed == NULL || image->placed == NULL) {
        return false;
    }
    accelerator->forwarder->flows->known = &image->known;
    return true;
}

void dp_slots_destroy(struct dp_accelerator *accelerator)
{
    struct dp_slot_image *image = accelerator->slots;
    if (image == NULL) {
        return;
    }
    accelerator->forwarder->flows->known = NULL;
    dp_accelerator_unmap(image->told.services, DP_FAST_SERVICES * sizeof *image->told.services);
    dp_accelerator_unmap(image->told.slots, DP_FAST_SLOTS * sizeof *image->told.slots);
    dp_accelerator_unmap(image->told.listed, DP_FAST_LISTED * sizeof *image->told.listed);
    dp_accelerator_unmap(image->known.words,
                         (image->known.mask + (size_t)1) * sizeof *image->known.words);
    dp_accelerator_unmap(image->barred, (image->known.mask + (size_t)1) * sizeof *image->barred);
    free(image->known.seen_before);
    free(image->wanted.services);
    free(image->wanted.slots);
    free(image->wanted.listed);
    free(image->placed);
    free(image);
}

static bool rule_of(const struct dp_service *service, enum dp_slot_rule_id *rule)
{
    const struct dp_scheduler *scheduler = service->scheduler;
    *rule = scheduler == &dp_scheduler_sh       ? DP_SLOT_SH
            : scheduler == &dp_scheduler_mh     ? DP_SLOT_MH
            : scheduler == &dp_scheduler_maglev ? DP_SLOT_MAGLEV
                                                : DP_SLOT_FIXED;
    return service->slots != NULL && (*rule != DP_SLOT_FIXED || scheduler == &dp_scheduler_dh);
}

// Services with thresholds are userspace's as a whole: a full real server's clients go elsewhere.
static bool has_thresholds(const struct dp_table_input *table,
                           const struct dp_service_input *service)
{
    for (uint32_t i = 0; i < service->real_count; i++) {
        if (table->reals[service->first_real + i].upper_threshold != 0) {
            return true;
        }
    }
    return false;
}

// Services with the same list share a table. UINT32_MAX: no room.
static uint32_t place_table(struct dp_slot_image *image, const struct dp_slot_table *table)
{
    struct arrays *wanted = &image->wanted;
    uint32_t place = (uint32_t)(dp_mix((uintptr_t)table) % TABLE_PLACES);
    while (image->placed[place].table != NULL && image->placed[place].table != table) {
        place = (place + 1) % TABLE_PLACES;
    }
    struct placed *placed = &image->placed[place];
    if (placed->table == NULL) {
        uint32_t count = table->rule->slot_count;
        if (DP_FAST_SLOTS - wanted->slot_count < count) {
            return UINT32_MAX;
        }
        *placed = (struct placed){table, wanted->slot_count};
        memcpy(wanted->slots + wanted->slot_count, table->positions, count * sizeof *wanted->slots);
        wanted->slot_count += count;
    }
    return placed->first_slot;
}

// In the list's order; those that take no new flows are not to be picked.
static void list(struct arrays *wanted, const struct dp_service *service,
                 const struct dp_snapshot *snapshot)
{
    for (uint32_t i = 0; i < service->real_count; i++) {
        uint32_t real = service->reals[i];
        wanted->listed[wanted->listed_count++] =
            snapshot->reals[real].weight > 0 ? real : DP_FAST_NOBODY;
    }
}

static struct dp_fast_service *free_place(struct arrays *wanted, const uint64_t vip[2],
                                          uint32_t name)
{
    uint32_t place = DP_FAST_SERVICE_PLACE(vip[0], vip[1], name);
    for (uint32_t i = 0; i < DP_FAST_SERVICE_PROBES; i++) {
        struct dp_fast_service *service = &wanted->services[(place + i) & (DP_FAST_SERVICES - 1)];
        if (service->name == 0) {
            return service;
        }
    }
    return NULL;
}

// False where it has slots and there is no room for them.
static bool add(struct dp_slot_image *image, const struct dp_table_input *table,
                const struct dp_service_input *input, const struct dp_snapshot *snapshot)
{
    const struct dp_service *service = &snapshot->services[input->index];
    const struct dp_port_range *range = &table->ranges[input->first_range];
    struct arrays *wanted = &image->wanted;
    enum dp_slot_rule_id rule;
    if (!dp_is_for_program(input) || range->first != range->last || !rule_of(service, &rule) ||
        has_thresholds(table, input)) {
        return true;
    }
    if (DP_FAST_LISTED - wanted->listed_count < service->real_count) {
        return false;
    }
    union dp_address vip = dp_address_of(&input->vip);
    uint32_t name = dp_entry_name(htons(range->first), input->transport);
    struct dp_fast_service *place = free_place(wanted, vip.word, name);
    uint32_t first_slot = place == NULL ? UINT32_MAX : place_table(image, service->slots);
    if (first_slot == UINT32_MAX) {
        return false;
    }
    *place = (struct dp_fast_service){
        .vip = {vip.word[0], vip.word[1]},
        .name = name,
        .rule = rule,
        .by_port = (service->scheduler_flags & DP_SCHEDULER_PORT) != 0,
        .fixed = dp_hash_8(dp_address_number((const unsigned long long *)vip.word)),
        .first_slot = first_slot,
        .first_listed = wanted->listed_count,
        .listed_count = service->real_count,
    };
    list(wanted, service, snapshot);
    wanted->service_count++;
    return true;
}

// Returns how many services have no room for their slots.
static uint32_t build(struct dp_slot_image *image, const struct dp_table_input *table,
                      const struct dp_snapshot *snapshot)
{
    struct arrays *wanted = &image->wanted;
    memset(wanted->services, 0, DP_FAST_SERVICES * sizeof *wanted->services);
    memset(image->placed, 0, TABLE_PLACES * sizeof *image->placed);
    wanted->service_count = wanted->slot_count = wanted->listed_count = 0;
    if (snapshot->timeouts.by_state_ms[DP_FLOW_ESTABLISHED] < TIMEOUT_MIN_MS ||
        snapshot->timeouts.by_state_ms[DP_FLOW_UDP] < TIMEOUT_MIN_MS) {
        return 0;
    }
    uint32_t without_room = 0;
    for (uint32_t i = 0; i < table->service_count; i++) {
        without_room += !add(image, table, &table->services[i], snapshot);
    }
    return without_room;
}

static bool is_told(const struct arrays *told, const struct arrays *wanted)
{
    return told->service_count == wanted->service_count && told->slot_count == wanted->slot_count &&
           told->listed_count == wanted->listed_count &&
           memcmp(told->services, wanted->services, DP_FAST_SERVICES * sizeof *told->services) ==
               0 &&
           memcmp(told->slots, wanted->slots, wanted->slot_count * sizeof *told->slots) == 0 &&
           memcmp(told->listed, wanted->listed, wanted->listed_count * sizeof *told->listed) == 0;
}

void dp_slots_withdraw(struct dp_accelerator *accelerator, const struct dp_table_input *table,
                       const struct dp_snapshot *snapshot)
{
    struct dp_slot_image *image = accelerator->slots;
    accelerator->services.without_room = build(image, table, snapshot);
    accelerator->services.by_slots = image->wanted.service_count;
    if (is_told(&image->told, &image->wanted)) {
        // Also where it was others in between, which never came to stand there.
        image->pending = image->pending && accelerator->settings->by_slots == 0;
        return;
    }
    __atomic_store_n(&accelerator->settings->by_slots, 0, __ATOMIC_RELEASE);
    image->pending = true;
    image->withdrawn_ms = dp_monotonic_ms();
}

// Whether no program runs any more that read `by_slots` before.
static bool programs_are_over(const struct dp_slot_image *image, uint64_t now_ms)
{
    return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0 ||
           now_ms - image->withdrawn_ms >= GRACE_MS;
}

// As the program picks.
static uint32_t pick(const struct arrays *arrays, const unsigned long long key[5])
{
    uint32_t name = dp_fast_name(key);
    uint32_t place = DP_FAST_SERVICE_PLACE(key[2], key[3], name);
    for (uint32_t i = 0; i < DP_FAST_SERVICE_PROBES; i++) {
        const struct dp_fast_service *service =
            &arrays->services[(place + i) & (DP_FAST_SERVICES - 1)];
        if (service->name == 0) {
            break;
        }
        if (dp_fast_service_is(service, key, name)) {
            uint32_t position = arrays->slots[service->first_slot + dp_fast_slot(service, key)];
            return position < service->listed_count
                       ? arrays->listed[service->first_listed + position]
                       : DP_FAST_NOBODY;
        }
    }
    return DP_FAST_NOBODY;
}

// A line that changes meanwhile is a new flow's, which has been picked by the slots as they are.
static void bar_line(struct dp_slot_image *image, const struct dp_flow_table *flows,
                     const struct dp_flow *flow)
{
    uint64_t control = atomic_load_explicit(&flow->control, memory_order_acquire);
    unsigned long long key[5];
    for (int i = 0; i < 5; i++) {
        key[i] = atomic_load_explicit(&flow->key[i], memory_order_relaxed);
    }
    // Templates and fragments are no flows: their protocol is none.
    if (!dp_flow_is_live(control) || key[4] >> 32 > UINT8_MAX) {
        return;
    }
    uint32_t real = pick(&image->wanted, key);
    if (real == DP_FAST_NOBODY || real == dp_flow_real_of(control)) {
        return;
    }
    struct dp_flow_key flow_key;
    memcpy(&flow_key, key, sizeof key);
    uint64_t hash = dp_flow_hash(flows, &flow_key);
    image->barred[DP_KNOWN_WORD(hash, image->known.mask)] |= DP_KNOWN_BIT(hash);
}

// Every flow that the slots would send elsewhere.
static void bar(struct dp_slot_image *image, const struct dp_flow_table *flows)
{
    for (uint64_t word = 0; word * 64 < flows->line_count + DP_FLOW_WINDOW; word++) {
        uint64_t bits = atomic_load_explicit(&flows->occupied[word], memory_order_relaxed);
        for (; bits != 0; bits &= bits - 1) {
            bar_line(image, flows, &flows->lines[word * 64 + (uint64_t)__builtin_ctzll(bits)]);
        }
    }
}

// What the program has seen, for the workers' sweeps, each of which is to meet it once at least.
static void take_seen(struct dp_accelerator *accelerator, uint64_t now_ms)
{
    struct dp_slot_image *image = accelerator->slots;
    for (uint64_t i = 0; i <= image->known.mask; i++) {
        struct dp_known *word = &image->known.words[i];
        uint64_t seen = __atomic_load_n(&word->seen, __ATOMIC_RELAXED);
        if (seen != 0) {
            seen = __atomic_exchange_n(&word->seen, 0, __ATOMIC_RELAXED);
        }
        atomic_store_explicit(&image->known.seen_before[i], seen, memory_order_relaxed);
    }
    atomic_store(&image->known.taken_ms, (uint32_t)now_ms);
    image->taken_ms = now_ms;
    for (int i = 0; i < DP_WORKER_CAPACITY; i++) {
        image->passes[i] = atomic_load(&accelerator->forwarder->readers[i].passes);
    }
}

// Each line has been looked at since then: a pass may have been on its way.
static bool is_read(const struct dp_accelerator *accelerator)
{
    for (int i = 0; i < DP_WORKER_CAPACITY; i++) {
        struct dp_reader *reader = &accelerator->forwarder->readers[i];
        if (reader->in_use && atomic_load(&reader->passes) - accelerator->slots->passes[i] < 2) {
            return false;
        }
    }
    return true;
}

static void tell(struct dp_accelerator *accelerator, uint64_t now_ms)
{
    struct dp_slot_image *image = accelerator->slots;
    struct arrays *told = &image->told;
    const struct arrays *wanted = &image->wanted;
    memcpy(told->services, wanted->services, DP_FAST_SERVICES * sizeof *told->services);
    memcpy(told->slots, wanted->slots, wanted->slot_count * sizeof *told->slots);
    memcpy(told->listed, wanted->listed, wanted->listed_count * sizeof *told->listed);
    told->service_count = wanted->service_count;
    told->slot_count = wanted->slot_count;
    told->listed_count = wanted->listed_count;
    memset(image->known.words, 0, (image->known.mask + (size_t)1) * sizeof *image->known.words);
    memset(image->barred, 0, (image->known.mask + (size_t)1) * sizeof *image->barred);
    bar(image, accelerator->forwarder->flows);
    take_seen(accelerator, now_ms);
    uint32_t by_slots = wanted->service_count > 0;
    atomic_fetch_or(&image->known.in_use, by_slots);
    __atomic_store_n(&accelerator->settings->by_slots, by_slots, __ATOMIC_RELEASE);
    image->pending = false;
}

bool dp_accelerator_settle(struct dp_accelerator *accelerator, uint64_t now_ms)
{
    struct dp_slot_image *image = accelerator->slots;
    if (!image->pending) {
        if (accelerator->settings->by_slots != 0 && now_ms - image->taken_ms >= TAKE_MS &&
            is_read(accelerator)) {
            take_seen(accelerator, now_ms);
        }
    } else if (dp_forwarder_is_settled(accelerator->forwarder) &&
               programs_are_over(image, now_ms) &&
               !dp_openings_are_left(accelerator->forwarder->openings)) {
        tell(accelerator, now_ms);
    }
    return !image->pending;
}
