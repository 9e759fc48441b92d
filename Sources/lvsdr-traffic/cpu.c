// SPDX-License-Identifier: Apache-2.0
//
// Reads what proc(5) says: /proc/stat, whose idle time is measured and not sampled, so that busy time is
// what is left; and /proc/PID/task/TID/schedstat.

#include "cpu.h"
#include "words.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    FIRST = -20,
    // Kernels since 6.12 let who asks for a shorter slice go on at once when it wakes: a veth holds 256
    // frames, and others' slices are some milliseconds long. Older ones take no notice.
    SLICE_NS = 100000,
};

// The first version of the kernel's struct sched_attr, whose header clashes with <sched.h>.
struct order {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns, deadline_ns, period_ns;
};

_Static_assert(sizeof(struct order) == 48, "SCHED_ATTR_SIZE_VER0");

void cpu_claim(uint32_t cpu, pid_t thread)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(thread, sizeof one, &one) != 0) {
        fail("bind to the CPU", errno);
    }
    struct order first = {.size = sizeof first, .nice = FIRST, .runtime_ns = SLICE_NS};
    if (syscall(SYS_sched_setattr, thread, &first, 0) != 0) {
        fail("raise the priority", errno);
    }
}

void cpu_claim_session(uint32_t cpu)
{
    cpu_claim(cpu, 0);
    int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) { // not every kernel has it
        dprintf(fd, "%d", FIRST);
        close(fd);
    }
}

struct cpu_time cpu_read(uint32_t cpu)
{
    char line[512];
    char name[16];
    struct cpu_time time = {0};
    FILE *file = fopen("/proc/stat", "re");
    if (file == NULL) {
        fail("open /proc/stat", errno);
    }
    snprintf(name, sizeof name, "cpu%" PRIu32 " ", cpu);
    while (fgets(line, sizeof line, file) != NULL) {
        uint64_t idle = 0;
        uint64_t waiting = 0;
        if (strncmp(line, name, strlen(name)) == 0 &&
            sscanf(line + strlen(name), "%*u %*u %*u %" SCNu64 " %" SCNu64 " %*u %*u %" SCNu64,
                   &idle, &waiting, &time.stolen) == 3) {
            time.idle = idle + waiting;
            fclose(file);
            return time;
        }
    }
    fail("/proc/stat has no such CPU", 0);
}

// The first number of the file: nanoseconds on a CPU.
static uint64_t thread_ns(const char *path)
{
    uint64_t time = 0;
    FILE *file = fopen(path, "re");
    if (file != NULL) { // else the thread has ended
        if (fscanf(file, "%" SCNu64, &time) != 1) {
            time = 0;
        }
        fclose(file);
    }
    return time;
}

static uint64_t process_ns(const char *process)
{
    char path[96];
    uint64_t time = 0;
    snprintf(path, sizeof path, "/proc/%.16s/task", process);
    DIR *threads = opendir(path);
    if (threads == NULL) {
        fail("a process that forwards has ended", errno);
    }
    for (const struct dirent *entry; (entry = readdir(threads)) != NULL;) {
        if (entry->d_name[0] != '.') {
            snprintf(path, sizeof path, "/proc/%.16s/task/%.16s/schedstat", process, entry->d_name);
            time += thread_ns(path);
        }
    }
    closedir(threads);
    return time;
}

uint64_t cpu_used_ns(const char *processes)
{
    char list[256];
    char *rest = list;
    uint64_t time = 0;
    snprintf(list, sizeof list, "%s", processes);
    for (const char *process; (process = strsep(&rest, ",")) != NULL;) {
        time += process_ns(process);
    }
    return time;
}
