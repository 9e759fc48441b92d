// SPDX-License-Identifier: Apache-2.0
//
// One measurement. The sink's program is put on the real server's interface and the sender opened on
// the client's, each in its namespace; then frames go for `warm` milliseconds unseen, and for `time`
// milliseconds between two readings. What is still on the way at a reading is as much at the other.

#include "measure.h"
#include "cpu.h"
#include "delivered.h"
#include "program.h"
#include "sender.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TIME_MAX_MS = 60000 };

struct reading {
    uint64_t at_ns, sent, frames, bytes, acks, used_ns;
    struct cpu_time cpu;
};

static void enter(const struct words *words, const char *name)
{
    int fd = open(word_text(words, name), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) != 0) {
        fail("enter the namespace", errno);
    }
    close(fd);
}

static const struct delivered *open_sink(const struct words *words)
{
    enter(words, "real");
    struct bpf_object *programs = programs_load(PROGRAMS_COUNT, NULL);
    program_attach_xdp(programs, "traffic_count", word_interface(words, "real-interface"));
    return program_map_memory(programs, "traffic_delivered", sizeof(struct delivered));
}

static struct template_options read_options(const struct words *words)
{
    bool is_ipv6 = word_number(words, "family", 4, 6) == 6;
    struct template_options options = {
        .is_ipv6 = is_ipv6,
        .port = (uint16_t)word_number(words, "port", 1, UINT16_MAX),
        .services = (uint16_t)word_number(words, "services", 1, UINT16_MAX),
        .size = (uint32_t)word_number(words, "size", TEMPLATE_SIZE_MIN, TEMPLATE_SIZE_MAX),
        .flows = (uint32_t)word_number(words, "flows", 0, PLAN_INDEX_MASK),
        .rate = word_number(words, "rate", 0, 100000000),
        .lasting = (uint32_t)word_number(words, "lasting", 0, PLAN_PORTS),
        .flags = (uint8_t)word_number(words, "tcp-flags", 0, UINT8_MAX),
        .now_ns = monotonic_ns(),
    };
    // New flows are ever new ones, also in the next measurement.
    options.first = options.flows == 0 ? (uint32_t)(options.now_ns >> 10) : 0;
    word_mac(words, "to", options.macs);
    word_mac(words, "from", options.macs + 6);
    word_address(words, "vip", is_ipv6 ? AF_INET6 : AF_INET, options.vip);
    return options;
}

static struct reading read_all(const struct sender *sender, const struct delivered *delivered,
                               uint32_t cpu, const char *processes)
{
    return (struct reading){
        .at_ns = monotonic_ns(),
        .sent = __atomic_load_n(&sender->plan->sent, __ATOMIC_RELAXED),
        .frames = __atomic_load_n(&delivered->frames, __ATOMIC_RELAXED),
        .bytes = __atomic_load_n(&delivered->bytes, __ATOMIC_RELAXED),
        .acks = __atomic_load_n(&delivered->acks, __ATOMIC_RELAXED),
        .used_ns = cpu_used_ns(processes),
        .cpu = cpu_read(cpu),
    };
}

static void sleep_until(uint64_t ns)
{
    struct timespec until = {.tv_sec = (time_t)(ns / 1000000000),
                             .tv_nsec = (long)(ns % 1000000000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}

static void print(const char *way, const struct reading *from, const struct reading *to)
{
    uint64_t tick_ns = 1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK);
    uint64_t stolen = to->cpu.stolen - from->cpu.stolen;
    printf("way=%s time=%" PRIu64 " sent=%" PRIu64 " delivered=%" PRIu64 " bytes=%" PRIu64
           " acks=%" PRIu64 " used=%" PRIu64 " idle=%" PRIu64 " stolen=%" PRIu64 "\n",
           way, to->at_ns - from->at_ns, to->sent - from->sent, to->frames - from->frames,
           to->bytes - from->bytes, to->acks - from->acks, to->used_ns - from->used_ns,
           (to->cpu.idle - from->cpu.idle) * tick_ns, stolen * tick_ns);
}

void measure(const struct words *words)
{
    struct sender sender = {0};
    uint64_t warm = word_number(words, "warm", 0, TIME_MAX_MS) * 1000000;
    uint64_t time = word_number(words, "time", 1, TIME_MAX_MS) * 1000000;
    uint32_t cpu = (uint32_t)word_number(words, "director-cpu", 0, 4095);
    sender.cpu = (uint32_t)word_number(words, "cpu", 0, 4095);
    const char *processes = word_text(words, "processes");
    sender.receiver = (uint32_t)strtoul(processes, NULL, 10); // the first one
    cpu_claim_session(sender.cpu);
    const struct delivered *delivered = open_sink(words);
    enter(words, "client");
    struct template_options options = read_options(words);
    sender.interface = word_interface(words, "client-interface");
    const char *way = sender_open(&sender, word_text(words, "way"), &options);
    sender_start(&sender);
    sleep_until(monotonic_ns() + warm);
    struct reading from = read_all(&sender, delivered, cpu, processes);
    sleep_until(from.at_ns + time);
    struct reading to = read_all(&sender, delivered, cpu, processes);
    sender_stop(&sender);
    print(way, &from, &to);
}
