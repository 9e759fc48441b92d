// SPDX-License-Identifier: Apache-2.0
//
// The watch: a thread that sleeps in poll until the kernel tells of a change, hands the change on
// as an event, and sleeps again. Another thread wakes it by an eventfd to end it.

#include "ask.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    RECEIVE_BUFFER = 4 << 20, // bytes; the kernel doubles it: room for about 10,000 events
    ROUND = 256,              // datagrams between two looks at the eventfd
};

struct hn_watch {
    struct nl_sock *socket;
    int wake; // eventfd
    pthread_t thread;
    bool is_started;
    hn_event_handler *handler;
    void *context;
    bool routes_changed; // not told yet
    bool lost;           // events were, and the queue is not empty yet
};

static void tell(struct hn_watch *watch, enum hn_event_kind kind)
{
    watch->handler(&(struct hn_event){.kind = kind}, watch->context);
}

static void tell_link(struct hn_watch *watch, struct nlmsghdr *message)
{
    struct hn_event event = {.kind = HN_EVENT_LINK};
    if (!hn_parse_link(message, &event.link))
        return;
    if (message->nlmsg_type == RTM_DELLINK)
        event.kind = HN_EVENT_LINK_REMOVED;
    // The routes of an interface that goes down vanish without an event of their own.
    const struct ifinfomsg *info = nlmsg_data(message);
    if ((info->ifi_change & IFF_UP) != 0)
        watch->routes_changed = true;
    watch->handler(&event, watch->context);
}

static int on_message(struct nl_msg *message, void *context)
{
    struct hn_watch *watch = context;
    struct nlmsghdr *header = nlmsg_hdr(message);
    struct hn_event event = {.kind = HN_EVENT_NEIGHBOUR};
    switch (header->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
        tell_link(watch, header);
        break;
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
        if (hn_parse_neighbour(header, &event.neighbour))
            watch->handler(&event, watch->context);
        break;
    default: // the other groups that the socket is in are about routes, rules and addresses
        watch->routes_changed = true;
    }
    return NL_OK;
}

// Reads what is queued. Once the queue has run over, the kernel queues nothing more until it is
// empty: only then does an overrun event stand behind everything that came before the loss.
static void read_queue(struct hn_watch *watch)
{
    bool empty = false;
    for (int i = 0; i < ROUND && !empty; i++) {
        int code = nl_recvmsgs_default(watch->socket);
        empty = code == -NLE_AGAIN;
        if (code < 0 && !empty)
            watch->lost = true;
    }
    if (watch->routes_changed)
        tell(watch, HN_EVENT_ROUTES_CHANGED);
    watch->routes_changed = false;
    if (watch->lost && empty) {
        watch->lost = false;
        tell(watch, HN_EVENT_OVERRUN);
    }
}

static void *run(void *context)
{
    struct hn_watch *watch = context;
    struct pollfd ready[] = {
        {.fd = watch->wake, .events = POLLIN},
        {.fd = nl_socket_get_fd(watch->socket), .events = POLLIN},
    };
    for (;;) {
        if (poll(ready, 2, watch->lost ? 0 : -1) < 0)
            continue; // EINTR; the arguments are right
        if (ready[0].revents != 0)
            return NULL;
        read_queue(watch);
    }
}

static int subscribe(struct hn_watch *watch)
{
    struct nl_sock *socket = watch->socket;
    int size = RECEIVE_BUFFER;
    int descriptor = nl_socket_get_fd(socket);
    // Past the host's limit where we may (CAP_NET_ADMIN), else up to it.
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0 &&
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) < 0)
        return -errno;
    nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, on_message, watch);
    if (nl_socket_add_memberships(socket, RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_IPV4_IFADDR,
                                  RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_IFADDR,
                                  RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE, RTNLGRP_NONE) < 0)
        return -errno;
    return 0;
}

int hn_watch_open(struct hn_watch **opened)
{
    struct hn_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL)
        return -ENOMEM;
    int error = 0;
    watch->wake = eventfd(0, EFD_CLOEXEC);
    if (watch->wake < 0)
        error = -errno;
    if (error == 0)
        error = hn_socket_open(&watch->socket);
    if (error == 0)
        error = subscribe(watch);
    if (error < 0) {
        hn_watch_close(watch);
        return error;
    }
    *opened = watch;
    return 0;
}

int hn_watch_start(struct hn_watch *watch, hn_event_handler *handler, void *context)
{
    watch->handler = handler;
    watch->context = context;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&watch->thread, NULL, run, watch);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    watch->is_started = error == 0;
    return -error;
}

void hn_watch_close(struct hn_watch *watch)
{
    if (watch->is_started) {
        eventfd_write(watch->wake, 1);
        pthread_join(watch->thread, NULL);
    }
    nl_socket_free(watch->socket);
    if (watch->wake >= 0)
        close(watch->wake);
    free(watch);
}
