// SPDX-License-Identifier: Apache-2.0
//
// lvsdr-traffic: what `lvsdr-lab bench` measures with, and which that command runs within namespaces
// that the lab made:
//   measure  sends and counts        forward  is one of the minimal forwarders
//   settle   puts an interface's receiving side on a CPU
//   run      becomes a program on a CPU

#include "forward.h"
#include "measure.h"
#include "settle.h"

#include <stdio.h>
#include <string.h>

int main(int count, char *list[])
{
    const char *task = count > 2 ? list[1] : "";
    struct words words = {.count = count - 2, .list = list + 2};
    if (strcmp(task, "measure") == 0) {
        measure(&words);
        return 0;
    }
    if (strcmp(task, "forward") == 0) {
        forward(&words);
    }
    if (strcmp(task, "settle") == 0) {
        settle(&words);
        return 0;
    }
    if (strcmp(task, "run") == 0 && count > 3) {
        run(&words, list + 3);
    }
    fputs("lvsdr-traffic: a part of `lvsdr-lab bench`, which runs it\n", stderr);
    return 1;
}
