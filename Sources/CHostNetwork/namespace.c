// SPDX-License-Identifier: Apache-2.0
//
// A thread in another network namespace.

#include "CHostNetwork.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

struct visit {
    int descriptor;
    void (*body)(void *context);
    void *context;
    int error;
};

static void *run(void *context)
{
    struct visit *visit = context;
    if (setns(visit->descriptor, CLONE_NEWNET) < 0)
        visit->error = -errno;
    else
        visit->body(visit->context);
    return NULL;
}

int hn_run_in_namespace(int descriptor, void (*body)(void *context), void *context)
{
    struct visit visit = {.descriptor = descriptor, .body = body, .context = context};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, run, &visit);
    if (error != 0)
        return -error;
    pthread_join(thread, NULL);
    return visit.error;
}
