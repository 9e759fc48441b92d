// SPDX-License-Identifier: Apache-2.0
//
// Takes the flows of an earlier table over, one by one and by their keys: capacity, secret and window
// may all differ. In: its file, every byte of it in doubt. Out: a table with its flows and their real
// servers' names, or why the file is not to be trusted. It is read, not mapped: who cuts it short
// meanwhile ends nothing. Control thread, before any worker.

#include "flow_file.h"
#include "flow_hash.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 256, WINDOW_MAX = 1 << 16 };

struct reading {
    const struct dp_flow_restore *to;
    struct dp_flow_header header;
    struct dp_flow_table before; // of the earlier table what its hash needs
    uint64_t taken;              // flows that had not timed out
};

// What stands in a line, in the earlier table's terms.
struct entry {
    struct dp_packet packet;
    enum dp_flow_state state;
    uint32_t real;
    int64_t idle_ms;
    bool is_expired;
};

bool dp_flow_read_at(const struct dp_flow_image *image, void *bytes, size_t length, uint64_t offset)
{
    size_t done = 0;
    if (image->bytes != NULL) {
        if (offset > image->size || length > image->size - offset) {
            return false;
        }
        memcpy(bytes, image->bytes + offset, length);
        return true;
    }
    while (done < length) {
        ssize_t count =
            pread(image->file, (char *)bytes + done, length - done, (off_t)(offset + done));
        if (count <= 0) {
            return false;
        }
        done += (size_t)count;
    }
    return true;
}

const char *dp_flow_header_read(const struct dp_flow_image *image, struct dp_flow_header *header)
{
    char boot_id[DP_BOOT_ID_SIZE];
    if (!dp_flow_read_at(image, header, sizeof *header, 0)) {
        return "it is too short for a flow table";
    }
    if (header->magic != DP_FLOW_FILE_MAGIC) {
        return "it is no flow table of this machine";
    }
    if (header->version != DP_FLOW_FILE_VERSION) {
        return "another version of lvsdrd wrote it";
    }
    if (header->check != dp_flow_header_check(header) ||
        header->line_size != sizeof(struct dp_flow) ||
        header->name_size != sizeof(struct dp_real_name)) {
        return "its header is damaged";
    }
    if (!dp_flow_boot_id(boot_id) || memcmp(boot_id, header->boot_id, DP_BOOT_ID_SIZE) != 0) {
        return "it is from before the host was started";
    }
    if (header->name_count > DP_REAL_CAPACITY || header->window == 0 ||
        header->window > WINDOW_MAX || header->line_count == 0 ||
        header->line_count > dp_flow_line_count(DP_FLOW_CAPACITY_MAX)) {
        return "its header is out of range";
    }
    uint64_t lines = header->line_count + header->window;
    uint64_t size = dp_flow_lines_offset(header->name_count) + lines * sizeof(struct dp_flow);
    if (image->size != size) {
        return "its size is not what its header says";
    }
    return NULL;
}

// The index's name in the new table, put there when a flow names it first; NULL when the file has no
// sound one.
static const struct dp_real_name *name_of(const struct reading *reading, uint32_t index)
{
    if (index >= reading->header.name_count) {
        return NULL;
    }
    struct dp_real_name *known = &reading->to->memory->names[index];
    if (known->transport != 0) {
        return known;
    }
    struct dp_real_name name;
    uint64_t offset = sizeof(struct dp_flow_header) + sizeof name * (uint64_t)index;
    if (!dp_flow_read_at(&reading->to->image, &name, sizeof name, offset) ||
        name.check != dp_real_name_check(&name, index) ||
        (name.transport != DP_TCP && name.transport != DP_UDP)) {
        return NULL;
    }
    *known = name;
    return known;
}

static bool stands_right(const struct reading *reading, uint64_t control, uint64_t line,
                         uint64_t hash)
{
    const struct dp_flow_header *header = &reading->header;
    uint64_t home = (uint64_t)(((unsigned __int128)hash * header->line_count) >> 64);
    return line >= home && line - home < header->window && dp_flow_same_tag(control, hash);
}

// A flow is one of its real server's service, a template that service's.
static bool fits(const struct entry *entry, const struct dp_real_name *name)
{
    const struct dp_flow_key *key = &entry->packet.key;
    bool is_template = entry->state == DP_FLOW_TEMPLATE;
    if (memcmp(&key->vip, &name->vip, sizeof name->vip) != 0 ||
        dp_address_is_ipv4(&key->client) != dp_address_is_ipv4(&key->vip) ||
        key->protocol != (name->transport | (is_template ? DP_KEY_TEMPLATE : 0u))) {
        return false;
    }
    return is_template ? key->client_port_be == 0 && key->service_port_be == htons(name->port)
                       : (entry->state == DP_FLOW_UDP) == (name->transport == DP_UDP);
}

// Fills `entry` from a line in use, or says what is wrong with it.
static const char *check_line(const struct reading *reading, const struct dp_flow_record *record,
                              uint64_t line, struct entry *entry)
{
    *entry = (struct entry){.state = dp_flow_state_of(record->control),
                            .real = dp_flow_real_of(record->control)};
    struct dp_flow_key *key = &entry->packet.key;
    memcpy(key, record->key, sizeof *key);
    entry->packet.hash = dp_flow_hash(&reading->before, key);
    if (!stands_right(reading, record->control, line, entry->packet.hash)) {
        return "a flow in it does not stand where it belongs";
    }
    const struct dp_real_name *name = name_of(reading, entry->real);
    if (name == NULL) {
        return "a flow in it names a real server that it does not know";
    }
    if (!fits(entry, name)) {
        return "a flow in it is of another service than its real server";
    }
    uint32_t timeout_ms = reading->to->timeouts.by_state_ms[entry->state];
    if (entry->state == DP_FLOW_TEMPLATE) {
        timeout_ms = (uint32_t)record->companion;
        if (record->companion > DP_PERSISTENCE_MAX_S * UINT64_C(1000)) {
            return "a template in it lasts too long";
        }
    }
    entry->idle_ms = dp_flow_idle_ms(record->last_seen_ms, reading->to->now_ms);
    entry->is_expired = entry->idle_ms >= timeout_ms || entry->idle_ms < -DP_FLOW_AHEAD_MAX_MS;
    return NULL;
}

// Puts it into the new table, when there is room; its line or NULL.
static const char *insert(const struct reading *reading, struct entry *entry, uint64_t companion,
                          struct dp_flow **line)
{
    struct dp_flow_table *table = reading->to->table;
    uint64_t now_ms = reading->to->now_ms;
    uint64_t control;
    *line = NULL;
    entry->packet.hash = dp_flow_hash(table, &entry->packet.key);
    switch (dp_flow_reserve(table, &entry->packet, now_ms, line, &control)) {
    case DP_RESERVED:
        dp_flow_commit(table, *line, &entry->packet, entry->state, entry->real, companion,
                       now_ms - (uint64_t)entry->idle_ms);
        return NULL;
    case DP_FULL:
        return NULL;
    default:
        return "a flow stands in it twice";
    }
}

// What the new table calls the template that the earlier one called so; 0: there is none. A template
// lasts as long as one of its flows: one that has timed out meanwhile is taken over with the flow.
static uint64_t carry_template(const struct reading *reading, uint64_t name)
{
    const struct dp_flow_header *header = &reading->header;
    struct dp_flow_table *table = reading->to->table;
    struct dp_flow_record record;
    struct entry entry;
    uint64_t line = (name & 0xFFFFFFFFFF) - 1;
    uint64_t offset = dp_flow_lines_offset(header->name_count) + line * sizeof record;
    if (line >= header->line_count + header->window ||
        !dp_flow_read_at(&reading->to->image, &record, sizeof record, offset) ||
        dp_flow_state_of(record.control) != DP_FLOW_TEMPLATE ||
        dp_flow_version_of(record.control) != name >> 40 ||
        check_line(reading, &record, line, &entry) != NULL) {
        return 0;
    }
    entry.packet.hash = dp_flow_hash(table, &entry.packet.key);
    uint64_t control;
    struct dp_flow *flow =
        dp_flow_find(table, &entry.packet, &reading->to->timeouts, reading->to->now_ms, &control);
    if (flow == NULL) {
        insert(reading, &entry, record.companion, &flow);
    }
    if (flow == NULL) {
        return 0; // no room
    }
    control = atomic_load_explicit(&flow->control, memory_order_relaxed);
    uint64_t carried = dp_flow_name(table, flow, control);
    dp_flow_keep_template(table, carried, reading->to->now_ms);
    return carried;
}

// Half-open flows come last: they are what does without a line when there are not enough.
enum pass { TEMPLATES, FLOWS, HALF_OPEN, PASS_COUNT };

// Nobody's line, one in the middle of a change when the process ended, and fragments, whose packets
// are long over, have no pass.
static enum pass pass_of(enum dp_flow_state state)
{
    switch (state) {
    case DP_FLOW_FREE:
    case DP_FLOW_BUSY:
    case DP_FLOW_FRAGMENT:
        return PASS_COUNT;
    case DP_FLOW_TEMPLATE:
        return TEMPLATES;
    case DP_FLOW_SYN_RECV:
        return HALF_OPEN;
    default:
        return FLOWS;
    }
}

static const char *take(struct reading *reading, const struct dp_flow_record *record, uint64_t line,
                        enum pass pass)
{
    enum dp_flow_state state = dp_flow_state_of(record->control);
    if (state >= DP_FLOW_STATE_COUNT) {
        return "a flow in it has an unknown state";
    }
    if (pass_of(state) != pass) {
        return NULL;
    }
    struct entry entry;
    struct dp_flow *taken;
    const char *damage = check_line(reading, record, line, &entry);
    if (damage != NULL || entry.is_expired) {
        return damage;
    }
    if (state == DP_FLOW_TEMPLATE) {
        return insert(reading, &entry, record->companion, &taken);
    }
    reading->taken += 1;
    uint64_t template = record->companion == 0 ? 0 : carry_template(reading, record->companion);
    return insert(reading, &entry, template, &taken);
}

static const char *take_lines(struct reading *reading, enum pass pass)
{
    struct dp_flow_record block[BLOCK];
    uint64_t end = reading->header.line_count + reading->header.window;
    uint64_t offset = dp_flow_lines_offset(reading->header.name_count);
    for (uint64_t line = 0; line < end; line += BLOCK) {
        uint64_t count = end - line < BLOCK ? end - line : BLOCK;
        if (!dp_flow_read_at(&reading->to->image, block, count * sizeof block[0],
                             offset + line * sizeof block[0])) {
            return "it can not be read to its end";
        }
        for (uint64_t i = 0; i < count; i++) {
            const char *damage = take(reading, &block[i], line + i, pass);
            if (damage != NULL) {
                return damage;
            }
        }
    }
    return NULL;
}

static int compare_names(const void *a, const void *b)
{
    return memcmp(a, b, offsetof(struct dp_real_name, unused));
}

// Two indexes that stand for one real server could not both be given to it again.
static const char *check_names(const struct reading *reading)
{
    const struct dp_real_name *all = reading->to->memory->names;
    uint32_t count = 0;
    for (uint32_t i = 0; i < reading->header.name_count; i++) {
        count += all[i].transport != 0;
    }
    struct dp_real_name *names = calloc((size_t)count + 1, sizeof *names);
    if (names == NULL) {
        return "memory was short to read it";
    }
    uint32_t filled = 0;
    for (uint32_t i = 0; filled < count; i++) {
        if (all[i].transport != 0) {
            names[filled++] = all[i];
        }
    }
    qsort(names, count, sizeof *names, compare_names);
    const char *damage = NULL;
    for (uint32_t i = 1; i < count; i++) {
        if (compare_names(&names[i - 1], &names[i]) == 0) {
            damage = "a real server has two indexes in it";
        }
    }
    free(names);
    return damage;
}

// Without templates.
static uint64_t flow_count(const struct reading *reading)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < reading->header.name_count; i++) {
        const struct dp_flow_counts *counts = &reading->to->table->counts[i];
        count += atomic_load_explicit(&counts->active, memory_order_relaxed);
        count += atomic_load_explicit(&counts->inactive, memory_order_relaxed);
    }
    return count;
}

const char *dp_flow_restore(const struct dp_flow_restore *restore, struct dp_flow_origin *origin)
{
    struct reading reading = {.to = restore};
    const char *damage = dp_flow_header_read(&restore->image, &reading.header);
    if (damage != NULL) {
        return damage;
    }
    dp_hash_key_draw(&reading.before.hash_key, reading.header.secret);
    for (int pass = 0; pass < PASS_COUNT && damage == NULL; pass++) {
        damage = take_lines(&reading, (enum pass)pass);
    }
    if (damage == NULL) {
        damage = check_names(&reading);
    }
    if (damage == NULL) {
        origin->restored = flow_count(&reading);
        origin->lost = reading.taken - origin->restored;
    }
    return damage;
}
