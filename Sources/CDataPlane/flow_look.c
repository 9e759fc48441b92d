// SPDX-License-Identifier: Apache-2.0
//
// Looks at a flow table's file without touching it: is its header in order, and does its clock agree
// with this host's? For people who ask what is wrong; the director's own process takes no part.

#include "flow_file.h"
#include "ports/port.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 256 };

// Lines that are being written meanwhile are seen as they are in that moment.
static uint64_t count_ahead(const struct dp_flow_image *image, const struct dp_flow_header *header)
{
    struct dp_flow_record block[BLOCK];
    uint64_t end = header->line_count + header->window;
    uint64_t offset = dp_flow_lines_offset(header->name_count);
    uint64_t now_ms = dp_monotonic_ms();
    uint64_t ahead = 0;
    for (uint64_t line = 0; line < end && line < DP_FLOW_LOOK_LINES; line += BLOCK) {
        uint64_t count = end - line < BLOCK ? end - line : BLOCK;
        if (!dp_flow_read_at(image, block, count * sizeof block[0],
                             offset + line * sizeof block[0])) {
            break;
        }
        for (uint64_t i = 0; i < count; i++) {
            ahead += dp_flow_state_of(block[i].control) > DP_FLOW_BUSY &&
                     dp_flow_idle_ms(block[i].last_seen_ms, now_ms) < -DP_FLOW_AHEAD_MAX_MS;
        }
    }
    return ahead;
}

void dp_flow_file_look(const char *path, struct dp_flow_look *look)
{
    struct dp_flow_header header;
    *look = (struct dp_flow_look){0};
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) {
        look->error = errno;
        return;
    }
    struct stat status;
    struct dp_flow_image image = {.file = file,
                                  .size = fstat(file, &status) == 0 ? (size_t)status.st_size : 0};
    look->damage = dp_flow_header_read(&image, &header);
    if (look->damage == NULL) {
        look->ahead = count_ahead(&image, &header);
    }
    close(file);
}
