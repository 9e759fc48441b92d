// SPDX-License-Identifier: Apache-2.0
//
// A veth's frames are received on the CPU that sends them: with the generator's work, so that a
// forwarder in the kernel would share a CPU with the generator and one in userspace would not. With
// threaded NAPI (Documentation/networking/napi.rst) all of a director's work is on the director's CPU.

#include "settle.h"
#include "cpu.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CPU_MAX = 4095 };

static void make_threaded(const char *interface)
{
    char path[96];
    snprintf(path, sizeof path, "/sys/class/net/%.16s/threaded", interface);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "1", 1) != 1) {
        fail("give the interface a thread for receiving", errno);
    }
    close(fd);
}

// Interfaces are named after their lab, so that the name finds one thread alone.
static pid_t find_thread(const char *interface)
{
    char path[64], name[64], wanted[64];
    pid_t found = 0;
    snprintf(wanted, sizeof wanted, "napi/%.16s-", interface);
    DIR *processes = opendir("/proc");
    for (const struct dirent *entry; processes != NULL && (entry = readdir(processes)) != NULL;) {
        snprintf(path, sizeof path, "/proc/%.16s/comm", entry->d_name);
        FILE *file = fopen(path, "re");
        if (file == NULL) {
            continue;
        }
        if (fgets(name, sizeof name, file) != NULL && strncmp(name, wanted, strlen(wanted)) == 0) {
            found = (pid_t)strtol(entry->d_name, NULL, 10);
        }
        fclose(file);
    }
    closedir(processes);
    return found;
}

void settle(const struct words *words)
{
    const char *interface = word_text(words, "interface");
    make_threaded(interface);
    pid_t thread = find_thread(interface);
    if (thread == 0) {
        fail("the interface has no thread for receiving: is GRO on?", 0);
    }
    cpu_claim((uint32_t)word_number(words, "cpu", 0, CPU_MAX), thread);
    printf("%d\n", (int)thread);
}

void run(const struct words *words, char *command[])
{
    cpu_claim_session((uint32_t)word_number(words, "cpu", 0, CPU_MAX));
    execvp(command[0], command);
    fail(command[0], errno);
}
