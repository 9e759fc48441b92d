// SPDX-License-Identifier: Apache-2.0
//
// The two generators. Live frames (BPF_F_TEST_XDP_LIVE_FRAMES, kernel 5.18) are made and sent within
// one system call; a socket pays for each frame what a sender in userspace pays.

#include "sender.h"
#include "cpu.h"
#include "door.h"
#include "program.h"
#include "words.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    LIVE_BATCH = 256,   // made at once; as many that come back are kept
    LIVE_RUN = 1 << 30, // some minutes; a run waits for the kernel's grace periods before and after
};

uint64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

// One run until a signal ends it.
static void send_live(struct sender *sender)
{
    struct xdp_md context = {.data_end = sender->length, .ingress_ifindex = sender->interface};
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = sender->frame,
                .data_size_in = sender->length, .ctx_in = &context, .ctx_size_in = sizeof context,
                .repeat = LIVE_RUN, .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = LIVE_BATCH);
    while (!sender->stop) {
        int failure = bpf_prog_test_run_opts(sender->fd, &options);
        if (failure != 0 && failure != -EINTR) {
            fail("send live frames", -failure);
        }
    }
}

// Whether the kernel has live frames: one is made and given back.
static bool has_live_frames(const struct sender *sender)
{
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = sender->frame,
                .data_size_in = sender->length, .repeat = 1, .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
    struct plan plan = *sender->plan;
    *sender->plan = (struct plan){.burst_ns = 1, .next_ns = UINT64_MAX};
    int failure = bpf_prog_test_run_opts(sender->fd, &options);
    *sender->plan = plan;
    return failure == 0;
}

// Lets the sending program know what the director takes. Kernels without BPF in tracepoints leave it
// unknown: then frames are sent as fast as it goes.
static struct bpf_object *load_sending(struct sender *sender)
{
    struct bpf_object *programs = programs_try(PROGRAMS_SEND, NULL);
    if (programs == NULL || !program_attach_tracepoint(programs, "traffic_take")) {
        return programs_load(PROGRAMS_SEND, "traffic_take");
    }
    struct door *door = program_map_memory(programs, "traffic_door", sizeof *door);
    door->receiver = sender->receiver;
    sender->plan->waiting_max = PLAN_WAITING;
    return programs;
}

// False where the kernel has no live frames.
static bool open_live(struct sender *sender)
{
    struct bpf_object *programs = load_sending(sender);
    struct plan *plan = program_map_memory(programs, "traffic_plan", sizeof *plan);
    *plan = *sender->plan;
    free(sender->plan);
    sender->plan = plan;
    sender->fd = program_fd(programs, "traffic_send");
    sender->send = send_live;
    return has_live_frames(sender);
}

// One batch of those that are due.
static void send_batch(struct sender *sender)
{
    struct mmsghdr messages[PLAN_BURST] = {0};
    struct iovec parts[PLAN_BURST];
    unsigned int count = 0;
    if (sender->plan->left == 0 && !plan_begin_burst(sender->plan, monotonic_ns(), 0)) {
        return;
    }
    while (sender->plan->left > 0) {
        uint8_t *frame = sender->batch + (size_t)count * TEMPLATE_SIZE_MAX;
        plan_write(sender->plan, frame, plan_next(sender->plan));
        parts[count] = (struct iovec){frame, sender->length};
        messages[count].msg_hdr = (struct msghdr){.msg_iov = &parts[count], .msg_iovlen = 1};
        count++;
    }
    unsigned int done = 0;
    while (done < count) {
        int sent = sendmmsg(sender->fd, messages + done, count - done, 0);
        // What the way out has no room for is lost, as at any queue.
        done += sent > 0 ? (unsigned int)sent : 1;
    }
}

static void send_packets(struct sender *sender)
{
    while (!sender->stop) {
        send_batch(sender);
    }
}

static void open_packet(struct sender *sender)
{
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)sender->interface};
    int yes = 1;
    sender->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (sender->fd < 0 || bind(sender->fd, (struct sockaddr *)&address, sizeof address) != 0) {
        fail("open the packet socket", errno);
    }
    setsockopt(sender->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes);
    // A small buffer would make the sender wait for the frames to arrive: no flood.
    int room = 64 << 20;
    setsockopt(sender->fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    sender->batch = calloc(PLAN_BURST, TEMPLATE_SIZE_MAX);
    if (sender->batch == NULL) {
        fail("make room for a batch", ENOMEM);
    }
    for (uint32_t i = 0; i < PLAN_BURST; i++) {
        memcpy(sender->batch + (size_t)i * TEMPLATE_SIZE_MAX, sender->frame, sender->length);
    }
    sender->send = send_packets;
}

const char *sender_open(struct sender *sender, const char *way,
                        const struct template_options *options)
{
    sender->plan = calloc(1, sizeof *sender->plan);
    if (sender->plan == NULL) {
        fail("make room for the plan", ENOMEM);
    }
    sender->length = template_make(options, sender->frame, sender->plan);
    if (strcmp(way, "packet") != 0 && open_live(sender)) {
        return "xdp";
    }
    if (strcmp(way, "xdp") == 0) {
        fail("the kernel has no live frames", 0);
    }
    open_packet(sender);
    return "packet";
}

static void *run(void *argument)
{
    struct sender *sender = argument;
    cpu_claim(sender->cpu, 0);
    sender->send(sender);
    return NULL;
}

static void wake(int number)
{
    (void)number; // it only ends a system call
}

void sender_start(struct sender *sender)
{
    struct sigaction action = {.sa_handler = wake};
    sigaction(SIGUSR1, &action, NULL);
    int failure = pthread_create(&sender->thread, NULL, run, sender);
    if (failure != 0) {
        fail("start the sending thread", failure);
    }
}

void sender_stop(struct sender *sender)
{
    struct timespec end;
    sender->stop = 1;
    do { // a signal that comes before its call is lost
        pthread_kill(sender->thread, SIGUSR1);
        clock_gettime(CLOCK_REALTIME, &end);
        end.tv_nsec += 10000000;
        end.tv_sec += end.tv_nsec / 1000000000;
        end.tv_nsec %= 1000000000;
    } while (pthread_timedjoin_np(sender->thread, NULL, &end) == ETIMEDOUT);
}
