// SPDX-License-Identifier: Apache-2.0
//
// One question to the kernel and its answers. The kernel works on the question inside the send and
// has queued its answer when the send returns (a long table: as the answers are read), so the
// socket does not block, and an answer that is missing is an error instead of a wait.

#include "ask.h"

#include <errno.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdlib.h>

struct hn_requests {
    struct nl_sock *socket;
    // The exchange that is under way.
    hn_answer_handler *handler;
    void *context;
    uint32_t sequence;
    bool ended;
    int result;
};

// An exchange that failed half-way may leave answers behind. They carry its sequence number, and
// the next exchange passes over them.
static bool is_ours(const struct hn_requests *requests, const struct nlmsghdr *header)
{
    return header->nlmsg_seq == requests->sequence;
}

static int on_answer(struct nl_msg *message, void *context)
{
    struct hn_requests *requests = context;
    if (is_ours(requests, nlmsg_hdr(message)) && requests->handler != NULL)
        requests->handler(nlmsg_hdr(message), requests->context);
    return NL_OK;
}

// An acknowledgement, or the end of a table; both begin with how it went.
static int on_end(struct nl_msg *message, void *context)
{
    struct hn_requests *requests = context;
    const struct nlmsghdr *header = nlmsg_hdr(message);
    if (!is_ours(requests, header))
        return NL_OK;
    requests->ended = true;
    if (nlmsg_datalen(header) >= (int)sizeof(int))
        requests->result = *(const int *)nlmsg_data(header);
    return NL_OK;
}

static int on_error(struct sockaddr_nl *peer, struct nlmsgerr *error, void *context)
{
    (void)peer;
    struct hn_requests *requests = context;
    if (is_ours(requests, &error->msg)) {
        requests->ended = true;
        requests->result = error->error;
    }
    return NL_SKIP;
}

static struct nl_msg *build(const struct hn_question *question)
{
    struct nl_msg *message = nlmsg_alloc_simple(question->type, question->flags);
    if (message == NULL)
        return NULL;
    if (nlmsg_append(message, (void *)question->header, question->header_size, NLMSG_ALIGNTO) < 0)
        goto failed;
    for (int i = 0; i < HN_ATTRIBUTE_COUNT && question->attributes[i].size != 0; i++) {
        const struct hn_attribute *attribute = &question->attributes[i];
        if (nla_put(message, attribute->type, (int)attribute->size, attribute->data) < 0)
            goto failed;
    }
    return message;
failed:
    nlmsg_free(message);
    return NULL;
}

// libnl maps many errno to one code of its own: the errno itself says more.
static int failure(int code)
{
    if (code == -NLE_DUMP_INTR)
        return -EAGAIN;
    return errno != 0 ? -errno : -EPROTO;
}

int hn_ask(struct hn_requests *requests, const struct hn_question *question,
           hn_answer_handler *handler, void *context)
{
    struct nl_msg *message = build(question);
    if (message == NULL)
        return -ENOMEM;
    errno = 0;
    int code = nl_send_auto(requests->socket, message);
    requests->handler = handler;
    requests->context = context;
    requests->sequence = nlmsg_hdr(message)->nlmsg_seq;
    requests->ended = false;
    requests->result = 0;
    nlmsg_free(message);
    while (code >= 0 && !requests->ended)
        code = nl_recvmsgs_default(requests->socket);
    return code < 0 ? failure(code) : requests->result;
}

int hn_socket_open(struct nl_sock **opened)
{
    struct nl_sock *socket = nl_socket_alloc();
    if (socket == NULL)
        return -ENOMEM;
    nl_socket_disable_seq_check(socket);
    errno = 0;
    int code = nl_connect(socket, NETLINK_ROUTE);
    if (code == 0)
        code = nl_socket_set_nonblocking(socket);
    if (code < 0) {
        int error = failure(code);
        nl_socket_free(socket);
        return error;
    }
    *opened = socket;
    return 0;
}

int hn_requests_open(struct hn_requests **opened)
{
    struct hn_requests *requests = calloc(1, sizeof *requests);
    if (requests == NULL)
        return -ENOMEM;
    int error = hn_socket_open(&requests->socket);
    if (error < 0) {
        free(requests);
        return error;
    }
    struct nl_sock *socket = requests->socket;
    nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, on_answer, requests);
    nl_socket_modify_cb(socket, NL_CB_FINISH, NL_CB_CUSTOM, on_end, requests);
    nl_socket_modify_cb(socket, NL_CB_ACK, NL_CB_CUSTOM, on_end, requests);
    nl_socket_modify_err_cb(socket, NL_CB_CUSTOM, on_error, requests);
    *opened = requests;
    return 0;
}

void hn_requests_close(struct hn_requests *requests)
{
    nl_socket_free(requests->socket);
    free(requests);
}
