// SPDX-License-Identifier: Apache-2.0
//
// Fuzzes the reading of an earlier flow table. The first byte chooses what the others are: the file
// as it is; one whose header is ours in all but counts and check value; or names and lines, to which
// everything is made to fit that a check would stumble over, so that what lies behind is met too.
// Whatever comes, the table afterwards must hold what it counts, each flow must be found again, and
// its real server must have a name.

#include "flow_file.h"
#include "flow_hash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NAMES = 8, WINDOW = 64, LINES = 32 };

static const uint64_t secret[2] = {0x0123456789ABCDEF, 0xFEDCBA9876543210};
static const uint64_t now_ms = 10000000;

struct image {
    struct dp_flow_header header;
    struct dp_real_name names[NAMES];
    struct dp_flow_record lines[LINES + WINDOW];
};
_Static_assert(sizeof(struct dp_flow_header) + sizeof(struct dp_real_name) * NAMES == 512,
               "the lines begin where dp_flow_lines_offset() says");

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

// Gives each line the tag of its key; with one home line every place is right.
static void describe(struct image *image, const uint8_t *data, size_t size)
{
    size_t room = sizeof *image - sizeof image->header;
    memcpy(image->names, data, size < room ? size : room);
    image->header = (struct dp_flow_header){.magic = DP_FLOW_FILE_MAGIC,
                                            .version = DP_FLOW_FILE_VERSION,
                                            .line_size = sizeof(struct dp_flow),
                                            .name_size = sizeof(struct dp_real_name),
                                            .name_count = NAMES,
                                            .window = LINES + WINDOW - 1,
                                            .line_count = 1,
                                            .secret = {secret[0], secret[1]}};
    require(dp_flow_boot_id(image->header.boot_id));
    image->header.check = dp_flow_header_check(&image->header);
    for (uint32_t i = 0; i < NAMES; i++) {
        image->names[i].check = dp_real_name_check(&image->names[i], i);
    }
    struct dp_flow_table before = {.line_count = 1};
    dp_hash_key_draw(&before.hash_key, secret);
    for (int i = 0; i < LINES + WINDOW; i++) {
        struct dp_flow_key key;
        memcpy(&key, image->lines[i].key, sizeof key);
        uint64_t tag = dp_flow_hash(&before, &key) & 0xFFFF;
        image->lines[i].control = (image->lines[i].control & ~UINT64_C(0xFFFF0)) | tag << 4;
    }
}

static void check(struct dp_flow_table *table, const struct dp_flow_memory *memory, uint32_t names,
                  uint64_t restored, const struct dp_timeouts *timeouts)
{
    uint64_t lines = 0;
    uint64_t counted = 0;
    uint64_t templates = 0;
    for (uint64_t i = 0; i < table->line_count + DP_FLOW_WINDOW; i++) {
        struct dp_flow *line = &table->lines[i];
        uint64_t control = line->control;
        if (dp_flow_state_of(control) == DP_FLOW_FREE) {
            continue;
        }
        lines++;
        uint32_t real = dp_flow_real_of(control);
        require(real < names);
        const struct dp_real_name *name = &memory->names[real];
        require(name->check == dp_real_name_check(name, real) && name->transport != 0);
        struct dp_packet packet = {.kind = DP_KIND_TRANSPORT};
        for (int k = 0; k < 5; k++) {
            uint64_t word = line->key[k];
            memcpy((char *)&packet.key + 8 * k, &word, sizeof word);
        }
        packet.hash = dp_flow_hash(table, &packet.key);
        require(dp_flow_find(table, &packet, timeouts, now_ms, &control) == line);
    }
    for (uint32_t i = 0; i < names; i++) {
        counted += table->counts[i].active + table->counts[i].inactive;
        templates += table->counts[i].persistent;
    }
    require(lines == table->count && counted == restored && counted + templates == lines);
}

static void open_earlier(const void *bytes, size_t size)
{
    static struct dp_flow_memory memory; // made once: most of the time would go there
    struct dp_error error;
    require(memory.start != NULL || dp_flow_memory_allocate(&memory, DP_FLOW_CAPACITY_MIN));
    uint64_t lines = dp_flow_line_count(DP_FLOW_CAPACITY_MIN) + DP_FLOW_WINDOW;
    size_t named = size / sizeof(struct dp_real_name) + 1; // as many as such a file can have
    uint32_t names = named < DP_REAL_CAPACITY ? (uint32_t)named : DP_REAL_CAPACITY;
    memset((void *)memory.lines, 0, lines * sizeof(struct dp_flow));
    memset(memory.names, 0, names * sizeof(struct dp_real_name));
    struct dp_flow_table *table = dp_flow_table_create(
        DP_FLOW_CAPACITY_MIN, (const uint64_t[2]){7, 11}, memory.lines, &error);
    int file = memfd_create("flows", MFD_CLOEXEC);
    require(table != NULL && file >= 0 && write(file, bytes, size) == (ssize_t)size);
    struct dp_table_input seconds = {
        .timeout_tcp_s = 900, .timeout_tcp_fin_s = 120, .timeout_udp_s = 300};
    struct dp_flow_restore restore = {.image = {.file = file, .size = size},
                                      .memory = &memory,
                                      .table = table,
                                      .timeouts = dp_timeouts_of(&seconds),
                                      .now_ms = now_ms};
    struct dp_flow_origin origin = {.damage = NULL};
    if (dp_flow_restore(&restore, &origin) == NULL) {
        check(table, &memory, names, origin.restored, &restore.timeouts);
    }
    close(file);
    dp_flow_table_destroy(table);
}

// Counts as they come, the rest as we write it.
static void seal(struct dp_flow_header *header)
{
    header->magic = DP_FLOW_FILE_MAGIC;
    header->version = DP_FLOW_FILE_VERSION;
    header->line_size = sizeof(struct dp_flow);
    header->name_size = sizeof(struct dp_real_name);
    require(dp_flow_boot_id(header->boot_id));
    header->check = dp_flow_header_check(header);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct image image;
    static uint8_t copy[1 << 16];
    if (size == 0) {
        return 0;
    }
    size_t length = size - 1 < sizeof copy ? size - 1 : sizeof copy;
    memcpy(copy, data + 1, length);
    if (data[0] % 3 == 1) {
        memset(&image, 0, sizeof image);
        describe(&image, copy, length);
        open_earlier(&image, sizeof image);
        return 0;
    }
    if (data[0] % 3 == 2 && length >= sizeof image.header) {
        memcpy(&image.header, copy, sizeof image.header);
        seal(&image.header);
        memcpy(copy, &image.header, sizeof image.header);
    }
    open_earlier(copy, length);
    return 0;
}
