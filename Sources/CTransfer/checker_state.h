// SPDX-License-Identifier: Apache-2.0
//
// What the two sides of a checker share: those who start and cancel checks (checker.c), and the
// thread that drives them (checker_thread.c).

#ifndef CT_CHECKER_STATE_H
#define CT_CHECKER_STATE_H

#include "check.h"
#include "checker.h"

#include <pthread.h>

// When the thread has no timer.
enum { CT_NEVER = -1 };

enum ct_stage { CT_IDLE, CT_PREPARING, CT_WAITING, CT_RUNNING };

struct ct_slot {
    struct ct_check check;
    ct_check_done *done;
    void *context;
    // Guarded by the checker's lock; the thread alone leaves CT_RUNNING.
    uint32_t generation; // counts its uses, from 1
    enum ct_stage stage;
    struct ct_slot *next; // of the free, or of the waiting
    bool is_cancelled;
    bool is_listed; // among the cancelled, perhaps from its last use
    struct ct_slot *next_cancelled;
};

struct ct_checker {
    CURLM *multi;
    int epoll;
    int wake; // an eventfd: there is something to take
    pthread_t thread;
    char *trust_store;
    uint32_t capacity;

    pthread_mutex_t lock; // guards these
    bool is_stopping;
    uint32_t used; // slots that were ever taken, those of the lowest indices
    struct ct_slot *free;
    struct ct_slot *waiting;
    struct ct_slot *cancelled;

    int64_t timer_ms; // the thread's: when libcurl wants to be called, CLOCK_MONOTONIC, or CT_NEVER
    size_t bodies_size; // the thread's

    struct ct_slot slots[];
};

// With the lock held: the thread shall end this one.
void ct_checker_list_cancelled(struct ct_checker *checker, struct ct_slot *slot);

// Makes the slot free for another check.
void ct_checker_release(struct ct_checker *checker, struct ct_slot *slot);

// Makes the multi handle, whose callbacks are the thread's. 0 or -errno.
int ct_checker_open_multi(struct ct_checker *checker);

// The thread, until the checker stops.
void *ct_checker_run(void *checker);

#endif
