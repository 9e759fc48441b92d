// SPDX-License-Identifier: Apache-2.0
//
// The checker's thread. It drives libcurl's multi handle by socket events
// (curl_multi_socket_action) rather than by curl_multi_perform(): that walks all transfers at every
// turn, and thousands wait at once when many real servers are dead.

#include "checker_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

enum { EVENTS_AT_ONCE = 256 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// MARK: libcurl's callbacks

// While a connection is made libcurl waits for the socket to be writable. It does not tell later
// whether it was made, when the time was over before TLS's handshake was.
static void note_connection(CURL *easy)
{
    struct ct_slot *slot = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
    if (slot != NULL)
        slot->check.is_connected = true;
}

// A socket that epoll does not take, for want of memory, waits for its check's deadline.
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
    struct ct_checker *checker = context;
    struct epoll_event event = {.data.fd = fd};
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(checker->epoll, EPOLL_CTL_DEL, fd, &event);
        return 0;
    }
    if ((what & CURL_POLL_IN) != 0) {
        event.events |= EPOLLIN;
        note_connection(easy);
    }
    if ((what & CURL_POLL_OUT) != 0)
        event.events |= EPOLLOUT;
    epoll_ctl(checker->epoll, known == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
    if (known == NULL)
        curl_multi_assign(checker->multi, fd, checker);
    return 0;
}

static int set_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct ct_checker *checker = context;
    (void)multi;
    checker->timer_ms = timeout_ms < 0 ? CT_NEVER : now_ms() + timeout_ms;
    return 0;
}

// MARK: the thread

// The slot is free again before `done` runs, which may lead to the next start.
static void finish(struct ct_checker *checker, struct ct_slot *slot, CURLcode code,
                   bool is_cancelled)
{
    struct ct_check_answer answer;
    char message[CURL_ERROR_SIZE];
    ct_check_done *done = slot->done;
    void *context = slot->context;
    curl_multi_remove_handle(checker->multi, slot->check.easy);
    ct_check_conclude(&slot->check, code, &answer);
    if (is_cancelled)
        answer.end = CT_CHECK_CANCELLED;
    snprintf(message, sizeof(message), "%s", answer.message);
    answer.message = message;
    uint8_t *body = slot->check.body.bytes;
    ct_check_close(&slot->check);
    ct_checker_release(checker, slot);
    done(context, &answer);
    free(body);
}

static void finish_ended(struct ct_checker *checker)
{
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(checker->multi, &left)) != NULL;) {
        struct ct_slot *slot = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
        finish(checker, slot, code, false);
    }
}

static void begin(struct ct_checker *checker, struct ct_slot *slot)
{
    if (curl_multi_add_handle(checker->multi, slot->check.easy) != CURLM_OK)
        finish(checker, slot, CURLE_OUT_OF_MEMORY, false);
}

static void begin_waiting(struct ct_checker *checker)
{
    pthread_mutex_lock(&checker->lock);
    struct ct_slot *waiting = checker->waiting;
    checker->waiting = NULL;
    for (struct ct_slot *slot = waiting; slot != NULL; slot = slot->next) {
        slot->stage = CT_RUNNING;
        if (slot->is_cancelled)
            ct_checker_list_cancelled(checker, slot);
    }
    pthread_mutex_unlock(&checker->lock);
    for (struct ct_slot *slot = waiting, *next; slot != NULL; slot = next) {
        next = slot->next;
        begin(checker, slot);
    }
}

// Takes one off the list that still runs; NULL when there is none.
static struct ct_slot *take_cancelled(struct ct_checker *checker)
{
    struct ct_slot *found = NULL;
    pthread_mutex_lock(&checker->lock);
    while (found == NULL && checker->cancelled != NULL) {
        struct ct_slot *slot = checker->cancelled;
        checker->cancelled = slot->next_cancelled;
        slot->is_listed = false;
        // One that waits again is listed when it begins.
        if (slot->is_cancelled && slot->stage == CT_RUNNING)
            found = slot;
    }
    pthread_mutex_unlock(&checker->lock);
    return found;
}

static bool is_stopping(struct ct_checker *checker)
{
    pthread_mutex_lock(&checker->lock);
    bool result = checker->is_stopping;
    pthread_mutex_unlock(&checker->lock);
    return result;
}

// Begins what waits, ends what was cancelled; false when the checker stops.
static bool take_orders(struct ct_checker *checker)
{
    begin_waiting(checker);
    for (struct ct_slot *slot; (slot = take_cancelled(checker)) != NULL;)
        finish(checker, slot, CURLE_ABORTED_BY_CALLBACK, true);
    return !is_stopping(checker);
}

static int wait_ms(const struct ct_checker *checker)
{
    if (checker->timer_ms == CT_NEVER)
        return -1;
    int64_t left = checker->timer_ms - now_ms();
    if (left <= 0)
        return 0;
    return left < INT32_MAX ? (int)left : INT32_MAX;
}

static void handle_event(struct ct_checker *checker, const struct epoll_event *event)
{
    int running;
    int flags = 0;
    if (event->data.fd == checker->wake) {
        eventfd_t count;
        (void)!eventfd_read(checker->wake, &count);
        return;
    }
    if ((event->events & EPOLLIN) != 0)
        flags |= CURL_CSELECT_IN;
    if ((event->events & EPOLLOUT) != 0)
        flags |= CURL_CSELECT_OUT;
    if ((event->events & (EPOLLERR | EPOLLHUP)) != 0)
        flags |= CURL_CSELECT_ERR;
    curl_multi_socket_action(checker->multi, event->data.fd, flags, &running);
}

static void fire_timer(struct ct_checker *checker)
{
    int running;
    if (checker->timer_ms == CT_NEVER || checker->timer_ms > now_ms())
        return;
    checker->timer_ms = CT_NEVER;
    curl_multi_socket_action(checker->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

void *ct_checker_run(void *context)
{
    struct ct_checker *checker = context;
    struct epoll_event events[EVENTS_AT_ONCE];
    while (take_orders(checker)) {
        fire_timer(checker);
        finish_ended(checker);
        int count = epoll_wait(checker->epoll, events, EVENTS_AT_ONCE, wait_ms(checker));
        for (int i = 0; i < count; i++)
            handle_event(checker, &events[i]);
        finish_ended(checker);
    }
    for (uint32_t i = 0; i < checker->used; i++) {
        if (checker->slots[i].stage == CT_RUNNING)
            finish(checker, &checker->slots[i], CURLE_ABORTED_BY_CALLBACK, true);
    }
    return NULL;
}

int ct_checker_open_multi(struct ct_checker *checker)
{
    checker->multi = ct_library_start() == CURLE_OK ? curl_multi_init() : NULL;
    if (checker->multi == NULL)
        return -ENOMEM;
    curl_multi_setopt(checker->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(checker->multi, CURLMOPT_SOCKETDATA, checker);
    curl_multi_setopt(checker->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(checker->multi, CURLMOPT_TIMERDATA, checker);
    curl_multi_setopt(checker->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    return 0;
}
