// SPDX-License-Identifier: Apache-2.0
//
// Fuzzes the whole pipeline: a worker with its flow table, between publications. The input is a
// little program: four bytes that choose the character of the forwarding tables, then steps, each a
// byte that says which and the bytes that it takes. judge.h says what must hold.
//
//   0...8      a frame: enum build_kind, seven bytes of description, its patches
//   9 N, A M   forward what has come; the clock goes on by N x 4^M ms (A: back by N ms)
//   10 S       forward what has come; publish the table of stage S
//   11 N       N x 8 frames more as the last one described, each of another flow
//   12         announce the VIPs
//   13         the last frame described once more
//   14         ask what would become of one like it, and see whether it does
//   15 C       capture from now on; C: capture_open()

#include "forward/frames.h"
#include "forward/judge.h"
#include "forward/onlookers.h"
#include "forward/require.h"

enum step {
    STEP_TIME = BUILD_KIND_COUNT,
    STEP_PUBLISH,
    STEP_FLOOD,
    STEP_ANNOUNCE,
    STEP_AGAIN,
    STEP_EXPLAIN,
    STEP_CAPTURE,
    STEP_COUNT
};

enum { WEEK_MS = 7 * 86400000, DRAIN_ROUNDS = 6, SWEEP_STEPS = 8 };

// One run of an input.
struct run {
    struct input input;
    struct character character;
    struct dp_forwarder *forwarder;
    struct dp_worker *worker;
    struct arrivals *arrivals;
    struct description last;
    struct judge judge;
    struct dp_capture *capture; // NULL: none
    uint8_t capture_choice;
    struct dp_outcome first; // of the last batch
    uint32_t frames;         // so far
    uint64_t bytes;          // of them
    uint32_t flows;          // of floods
};

static void forward(struct run *run)
{
    struct dp_outcome outcomes[DP_BATCH] = {0};
    int count = dp_worker_step(run->worker, outcomes);
    require(count == (int)run->arrivals->count);
    judge_batch(&run->judge, run->arrivals, outcomes);
    if (run->capture != NULL) {
        capture_judge(run->capture, run->capture_choice, run->arrivals);
    }
    run->first = outcomes[0];
    arrivals_clear(run->arrivals);
}

static void publish(struct run *run, uint8_t stage)
{
    struct dp_error error;
    run->judge.table = table_at(&run->character, stage);
    require(dp_forwarder_publish(run->forwarder, run->judge.table, &error) == 0);
}

// What a run may cost: floods of super-frames would take it many seconds.
static bool has_room(const struct run *run)
{
    return run->frames < FRAMES_MAX && run->bytes < BYTES_MAX;
}

static void arrive(struct run *run, const struct built *built)
{
    if (has_room(run)) {
        run->frames++;
        run->bytes += built->length;
        arrivals_add(run->arrivals, built->bytes, built->length, built->wire_length, built->vlan);
    }
    if (run->arrivals->count == DP_BATCH) {
        forward(run);
    }
}

static void build_and_arrive(struct run *run)
{
    static struct built built; // too large for the stack
    build(&built, &run->last, &run->input);
    arrive(run, &built);
}

// Makes the frame another flow's: its source address ends in 16 bits that no other has.
static void flood(struct run *run, uint32_t count)
{
    static struct built built;
    build(&built, &run->last, &run->input);
    bool ipv6 = built.length > 14 && built.bytes[14] >> 4 == 6;
    uint32_t at = ipv6 ? 36 : 28;
    for (uint32_t i = 0; i < count && has_room(run) && built.length >= 54; i++) {
        run->flows++;
        built.bytes[at] = (uint8_t)(run->flows >> 8);
        built.bytes[at + 1] = (uint8_t)run->flows;
        make_right(built.bytes, built.length, run->last.care);
        arrive(run, &built);
    }
}

static void pass_time(struct run *run)
{
    forward(run);
    uint64_t amount = take(&run->input);
    uint8_t scale = take(&run->input);
    if ((scale & 0x80) != 0) {
        run->arrivals->now_ms -= amount; // another worker's clock was ahead
    } else {
        run->arrivals->now_ms += amount << 2 * (scale % 11);
    }
    forward(run);
}

// A frame comes of which is known what will become of it.
static void ask_and_see(struct run *run)
{
    forward(run);
    if (!has_room(run)) {
        return;
    }
    struct description last = run->last;
    run->last = askable(&last);
    struct dp_outcome explained = explain(run->forwarder, &run->last, run->arrivals->now_ms);
    build_and_arrive(run);
    forward(run);
    judge_explanation(explained, run->first);
}

// NULL: nothing more.
static void capture(struct run *run, struct dp_capture *capture, uint8_t choice)
{
    forward(run);
    dp_worker_capture(run->worker, capture);
    forward(run); // from here on the worker has let the other go
    dp_capture_destroy(run->capture);
    run->capture = capture;
    run->capture_choice = choice;
}

static void step(struct run *run)
{
    uint8_t what = take(&run->input) % STEP_COUNT;
    uint8_t choice;
    switch (what) {
    case STEP_TIME:
        pass_time(run);
        break;
    case STEP_PUBLISH:
        forward(run);
        publish(run, take(&run->input));
        break;
    case STEP_FLOOD:
        flood(run, take(&run->input) * 8u);
        break;
    case STEP_ANNOUNCE:
        dp_worker_announce(run->worker);
        break;
    case STEP_AGAIN:
        build_and_arrive(run);
        break;
    case STEP_EXPLAIN:
        ask_and_see(run);
        break;
    case STEP_CAPTURE:
        choice = take(&run->input);
        capture(run, capture_open(choice), choice);
        break;
    default:
        run->last = take_description(&run->input);
        run->last.kind = what;
        build_and_arrive(run);
    }
}

static bool is_met[DP_REASON_COUNT];

static void remember_exits(const struct run *run)
{
    for (int i = 0; i < DP_REASON_COUNT; i++) {
        is_met[i] = is_met[i] || dp_forwarder_exits(run->forwarder, (enum dp_reason)i) > 0;
    }
}

// At the end of all runs: what they did not come to.
static void tell_exits(void)
{
    fprintf(stderr, "exits not met:");
    for (int i = 0; i < DP_REASON_COUNT; i++) {
        if (!is_met[i]) {
            fprintf(stderr, " %s", dp_reason_name((enum dp_reason)i));
        }
    }
    fprintf(stderr, "\n");
}

// Lets all flows time out, those first that keep a template; that of 31 days at the end.
static void drain(struct run *run)
{
    forward(run);
    judge_counts(&run->judge);
    for (int round = 0; round < DRAIN_ROUNDS; round++) {
        run->arrivals->now_ms += WEEK_MS;
        for (int i = 0; i < SWEEP_STEPS; i++) {
            forward(run);
        }
    }
    judge_end(&run->judge);
    remember_exits(run);
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    return atexit(tell_exits);
}

// Runs the input in memory whose unused bytes are `surroundings`; returns what happened, in short.
static uint64_t run_input(const uint8_t *data, size_t size, uint8_t surroundings)
{
    static struct run run;
    struct dp_error error;
    run = (struct run){.input = {data, size}};
    run.character = (struct character){
        .schedulers = take(&run.input), .policies = take(&run.input), .times = take(&run.input)};
    const struct dp_flow_options options = {.capacity = DP_FLOW_CAPACITY_MIN, .secret = {7, 11}};
    struct dp_flow_origin origin;
    run.forwarder = dp_forwarder_create(&options, &origin, &error);
    run.arrivals = arrivals_open(surroundings);
    run.arrivals->now_ms = 4 * (uint64_t)WEEK_MS;
    require(run.forwarder != NULL);
    run.worker = dp_worker_create(run.forwarder, &run.arrivals->port, &error);
    require(run.worker != NULL);
    judge_begin(&run.judge, run.forwarder);
    publish(&run, take(&run.input));
    while (run.input.left > 0 && has_room(&run)) {
        step(&run);
    }
    capture(&run, NULL, 0);
    drain(&run);
    dp_worker_destroy(run.worker);
    dp_forwarder_destroy(run.forwarder);
    return run.judge.digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t first = run_input(data, size, 0x00);
    // What stands around a frame is nobody's: it changes nothing.
    if (size > 3 && (data[3] & 0x08) != 0) {
        require(run_input(data, size, 0xFF) == first);
    }
    return 0;
}
