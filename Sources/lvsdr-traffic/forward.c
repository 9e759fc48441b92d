// SPDX-License-Identifier: Apache-2.0
//
// What the minimal forwarders share: the service, the flow table, the rewriting.

#include "forward.h"
#include "cpu.h"
#include "program.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct flow_line *line_of(struct flow_line *lines, const struct flow_key *key)
{
    uint32_t first = flow_hash(key) & (FLOW_LINES - 1);
    struct flow_line *free_line = &lines[first];
    for (uint32_t probe = 0; probe < FLOW_PROBES; probe++) {
        struct flow_line *line = &lines[(first + probe) & (FLOW_LINES - 1)];
        if (flow_is(line, key)) {
            return line;
        }
        if (line->key.protocol == 0) {
            free_line = line;
            break;
        }
    }
    free_line->key = *key;
    free_line->frames = 0;
    return free_line;
}

bool forward_frame(struct forwarder *forwarder, uint8_t *frame, uint32_t length)
{
    struct flow_key key;
    if (!service_takes(&forwarder->service, frame, frame + length, &key)) {
        return false;
    }
    line_of(forwarder->lines, &key)->frames++;
    memcpy(frame, forwarder->service.macs, sizeof forwarder->service.macs);
    return true;
}

static void make_lines(struct forwarder *forwarder)
{
    void *memory = mmap(NULL, (size_t)FLOW_LINES * sizeof(struct flow_line), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) {
        fail("make room for the flow table", errno);
    }
    forwarder->lines = memory;
}

static void read_service(const struct words *words, struct forwarder *forwarder)
{
    struct service *service = &forwarder->service;
    word_address(words, "vip", AF_INET, (uint8_t *)&service->vip4);
    word_address(words, "vip6", AF_INET6, (uint8_t *)service->vip6);
    service->port_be = htons((uint16_t)word_number(words, "port", 0, UINT16_MAX));
    word_mac(words, "to", service->macs);
    word_mac(words, "from", service->macs + 6);
    service->egress = word_interface(words, "egress");
    forwarder->ingress = word_interface(words, "ingress");
}

static void load_programs(struct forwarder *forwarder)
{
    uint32_t zero = 0;
    forwarder->kernel = programs_load(PROGRAMS_FORWARD, NULL);
    int map = program_map_fd(forwarder->kernel, "traffic_service");
    if (bpf_map_update_elem(map, &zero, &forwarder->service, BPF_ANY) != 0) {
        fail("tell the in-kernel program its service", errno);
    }
}

void forward(const struct words *words)
{
    struct forwarder forwarder = {0};
    const char *by = word_text(words, "by");
    cpu_claim_session((uint32_t)word_number(words, "cpu", 0, 4095));
    read_service(words, &forwarder);
    load_programs(&forwarder);
    if (strcmp(by, "xdp") == 0) {
        forward_xdp(&forwarder, "traffic_redirect");
    } else if (strcmp(by, "xdp-flows") == 0) {
        forward_xdp(&forwarder, "traffic_flows");
    } else if (strcmp(by, "af-xdp") == 0) {
        make_lines(&forwarder);
        forward_xsk(&forwarder);
    } else if (strcmp(by, "af-packet") == 0) {
        make_lines(&forwarder);
        forward_packet(&forwarder);
    } else {
        fail("by= takes xdp, xdp-flows, af-xdp or af-packet", 0);
    }
}

void forward_xdp(struct forwarder *forwarder, const char *program)
{
    program_attach_xdp(forwarder->kernel, program, forwarder->ingress);
    forward_is_ready();
    for (;;) {
        pause();
    }
}

void forward_is_ready(void)
{
    puts("ready");
    fflush(stdout);
}
