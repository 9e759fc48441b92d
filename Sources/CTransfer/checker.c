// SPDX-License-Identifier: Apache-2.0
//
// See include/checker.h for the contract: creation, destruction, and what any thread may call.

#include "checker_state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { MAX_CAPACITY = 65536 };

static void wake(const struct ct_checker *checker)
{
    // It fails only when the counter is full, and then the thread is awake.
    (void)!eventfd_write(checker->wake, 1);
}

void ct_checker_release(struct ct_checker *checker, struct ct_slot *slot)
{
    pthread_mutex_lock(&checker->lock);
    slot->stage = CT_IDLE;
    slot->next = checker->free;
    checker->free = slot;
    pthread_mutex_unlock(&checker->lock);
}

// With the lock held.
void ct_checker_list_cancelled(struct ct_checker *checker, struct ct_slot *slot)
{
    if (slot->is_listed)
        return;
    slot->is_listed = true;
    slot->next_cancelled = checker->cancelled;
    checker->cancelled = slot;
}

// MARK: creation and destruction

static void free_checker(struct ct_checker *checker)
{
    curl_multi_cleanup(checker->multi);
    if (checker->wake >= 0)
        close(checker->wake);
    if (checker->epoll >= 0)
        close(checker->epoll);
    pthread_mutex_destroy(&checker->lock);
    free(checker->trust_store);
    free(checker);
}

static int open_descriptors(struct ct_checker *checker)
{
    struct epoll_event event = {.events = EPOLLIN};
    checker->epoll = epoll_create1(EPOLL_CLOEXEC);
    checker->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    event.data.fd = checker->wake;
    if (checker->epoll < 0 || checker->wake < 0 ||
        epoll_ctl(checker->epoll, EPOLL_CTL_ADD, checker->wake, &event) != 0)
        return -errno;
    return 0;
}

// Signals are for the threads of those who handle them.
static int start_thread(struct ct_checker *checker)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&checker->thread, NULL, ct_checker_run, checker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0)
        pthread_setname_np(checker->thread, "http-checks");
    return -error;
}

int ct_checker_create(struct ct_checker **checker, uint32_t capacity, const char *trust_store)
{
    if (capacity == 0 || capacity > MAX_CAPACITY)
        return -EINVAL;
    struct ct_checker *made = calloc(1, sizeof(*made) + capacity * sizeof(made->slots[0]));
    if (made == NULL)
        return -ENOMEM;
    pthread_mutex_init(&made->lock, NULL);
    made->capacity = capacity;
    made->epoll = made->wake = -1;
    made->timer_ms = CT_NEVER;
    made->trust_store = trust_store != NULL ? strdup(trust_store) : NULL;
    int result = trust_store != NULL && made->trust_store == NULL ? -ENOMEM : 0;
    if (result == 0)
        result = open_descriptors(made);
    if (result == 0)
        result = ct_checker_open_multi(made);
    if (result == 0)
        result = start_thread(made);
    if (result == 0)
        *checker = made;
    else
        free_checker(made);
    return result;
}

void ct_checker_destroy(struct ct_checker *checker)
{
    pthread_mutex_lock(&checker->lock);
    checker->is_stopping = true;
    pthread_mutex_unlock(&checker->lock);
    wake(checker);
    pthread_join(checker->thread, NULL);
    free_checker(checker);
}

// MARK: any thread

static struct ct_slot *reserve(struct ct_checker *checker)
{
    pthread_mutex_lock(&checker->lock);
    struct ct_slot *slot = checker->free;
    if (slot != NULL)
        checker->free = slot->next;
    else if (checker->used < checker->capacity)
        slot = &checker->slots[checker->used++];
    if (slot != NULL) {
        slot->stage = CT_PREPARING;
        slot->is_cancelled = false;
    }
    pthread_mutex_unlock(&checker->lock);
    return slot;
}

// From here on the slot is the thread's.
static uint64_t hand_over(struct ct_checker *checker, struct ct_slot *slot)
{
    pthread_mutex_lock(&checker->lock);
    slot->generation = slot->generation == UINT32_MAX ? 1 : slot->generation + 1;
    uint64_t number = (uint64_t)slot->generation << 32 | (uint64_t)(slot - checker->slots);
    slot->stage = CT_WAITING;
    slot->next = checker->waiting;
    checker->waiting = slot;
    pthread_mutex_unlock(&checker->lock);
    wake(checker);
    return number;
}

uint64_t ct_checker_start(struct ct_checker *checker, const struct ct_check_request *request,
                          ct_check_done *done, void *context, const char **fault)
{
    struct ct_slot *slot = reserve(checker);
    if (slot == NULL) {
        *fault = "too many checks at once";
        return 0;
    }
    CURLcode code =
        ct_check_prepare(&slot->check, request, checker->trust_store, &checker->bodies_size);
    if (code == CURLE_OK)
        code = curl_easy_setopt(slot->check.easy, CURLOPT_PRIVATE, slot);
    if (code != CURLE_OK) {
        *fault = curl_easy_strerror(code);
        ct_check_close(&slot->check);
        ct_checker_release(checker, slot);
        return 0;
    }
    slot->done = done;
    slot->context = context;
    return hand_over(checker, slot);
}

void ct_checker_cancel(struct ct_checker *checker, uint64_t check)
{
    struct ct_slot *slot = &checker->slots[(uint32_t)check];
    pthread_mutex_lock(&checker->lock);
    bool is_under_way = (slot->stage == CT_WAITING || slot->stage == CT_RUNNING) &&
                        slot->generation == (uint32_t)(check >> 32);
    if (is_under_way) {
        slot->is_cancelled = true;
        ct_checker_list_cancelled(checker, slot);
    }
    pthread_mutex_unlock(&checker->lock);
    if (is_under_way)
        wake(checker);
}
