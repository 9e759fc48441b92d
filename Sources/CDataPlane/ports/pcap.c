// SPDX-License-Identifier: Apache-2.0
//
// A capture in, and what is sent into another: a configuration can be tried on yesterday's traffic.
// The capture's timestamps are the clock, so that timeouts mean what they mean live; a batch holds
// frames of one millisecond, and where timestamps go back the clock stands still. One thread;
// libpcap reads the file formats.

#include "port.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SLOT = DP_HEADROOM + DP_FRAME_MAX };

struct pcap_port {
    struct dp_port port;
    pcap_t *in;
    pcap_t *out_format;
    pcap_dumper_t *out;
    uint8_t *memory;              // DP_BATCH slots
    struct pcap_pkthdr pending;   // read, but of a later millisecond than the batch
    const uint8_t *pending_bytes; // libpcap's, until the next read; NULL when there is none
    struct timeval time;          // of the batch
    uint64_t now_ms;              // the latest time so far
    bool has_ended;
    enum dp_pcap_fault fault; // of the input
    int code;
    struct dp_port_counters counters;
};

static uint64_t milliseconds(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_usec / 1000;
}

// Tells why libpcap read no further: a file that ends too early, one that goes wrong, or the system.
static void note_fault(struct pcap_port *capture, int code)
{
    FILE *file = pcap_file(capture->in);
    if (ferror(file) != 0) {
        capture->fault = DP_PCAP_UNREADABLE;
        capture->code = code != 0 ? code : EIO;
    } else {
        capture->fault = feof(file) != 0 ? DP_PCAP_TORN : DP_PCAP_DAMAGED;
    }
}

static bool read_next(struct pcap_port *capture)
{
    if (capture->pending_bytes != NULL || capture->has_ended) {
        return !capture->has_ended;
    }
    struct pcap_pkthdr *header;
    errno = 0;
    int result = pcap_next_ex(capture->in, &header, &capture->pending_bytes);
    if (result != 1) {
        int code = errno;
        capture->pending_bytes = NULL;
        capture->has_ended = true;
        if (result != PCAP_ERROR_BREAK) {
            note_fault(capture, code);
        }
        return false;
    }
    capture->pending = *header;
    return true;
}

static uint32_t pcap_receive(struct dp_port *port, struct dp_frame *frames, uint32_t capacity)
{
    struct pcap_port *capture = (struct pcap_port *)port;
    uint32_t count = 0;
    for (; count < capacity && count < DP_BATCH && read_next(capture); count++) {
        if (count == 0) {
            capture->time = capture->pending.ts;
            uint64_t time_ms = milliseconds(capture->time);
            capture->now_ms = time_ms > capture->now_ms ? time_ms : capture->now_ms;
        } else if (milliseconds(capture->pending.ts) != milliseconds(capture->time)) {
            break;
        }
        uint32_t captured = capture->pending.caplen;
        uint32_t length = captured < DP_FRAME_MAX ? captured : DP_FRAME_MAX;
        uint8_t *data = capture->memory + (size_t)count * SLOT + DP_HEADROOM;
        memcpy(data, capture->pending_bytes, length);
        uint32_t wire = capture->pending.len;
        frames[count] = (struct dp_frame){.data = data,
                                          .length = length,
                                          .wire_length = wire > length ? wire : length,
                                          .flags = captured > DP_FRAME_MAX ? DP_FRAME_CUT : 0};
        capture->pending_bytes = NULL;
    }
    capture->counters.received += count;
    return count;
}

static void pcap_transmit(struct dp_port *port, struct dp_frame *const *frames, uint32_t count)
{
    struct pcap_port *capture = (struct pcap_port *)port;
    for (uint32_t i = 0; i < count; i++) {
        struct pcap_pkthdr header = {
            .ts = capture->time, .caplen = frames[i]->length, .len = frames[i]->wire_length};
        if (capture->out != NULL) {
            pcap_dump((u_char *)capture->out, &header, frames[i]->data);
        }
        capture->counters.sent++;
    }
}

static void pcap_release(struct dp_port *port)
{
    (void)port;
}

static bool pcap_wait(struct dp_port *port, int wake_fd, int timeout_ms)
{
    (void)port;
    (void)wake_fd;
    (void)timeout_ms;
    return false;
}

static uint64_t pcap_now_ms(struct dp_port *port)
{
    return ((struct pcap_port *)port)->now_ms;
}

static void pcap_counters(struct dp_port *port, struct dp_port_counters *counters)
{
    *counters = ((struct pcap_port *)port)->counters;
}

static void capture_close(struct dp_port *port)
{
    struct pcap_port *capture = (struct pcap_port *)port;
    if (capture->out != NULL) {
        pcap_dump_close(capture->out);
    }
    if (capture->out_format != NULL) {
        pcap_close(capture->out_format);
    }
    if (capture->in != NULL) {
        pcap_close(capture->in);
    }
    free(capture->memory);
    free(capture);
}

static const struct dp_port_operations operations = {
    .receive = pcap_receive,
    .transmit = pcap_transmit,
    .release = pcap_release,
    .wait = pcap_wait,
    .now_ms = pcap_now_ms,
    .counters = pcap_counters,
    .close = capture_close,
};

// Opening the output would empty the input.
static bool is_input(pcap_t *in, const char *out)
{
    struct stat input;
    struct stat output;
    return fstat(fileno(pcap_file(in)), &input) == 0 && stat(out, &output) == 0 &&
           S_ISREG(input.st_mode) && input.st_dev == output.st_dev && input.st_ino == output.st_ino;
}

static int open_files(struct pcap_port *capture, const char *in, const char *out,
                      struct dp_error *error)
{
    char message[PCAP_ERRBUF_SIZE];
    *error = (struct dp_error){"read the capture file", EIO};
    errno = 0;
    capture->in = pcap_open_offline(in, message);
    if (capture->in == NULL) {
        error->code = errno != 0 ? errno : EBADMSG;
        return -1;
    }
    if (pcap_datalink(capture->in) != DLT_EN10MB) {
        *error = (struct dp_error){"read the capture file (it is not one of Ethernet)", EBADMSG};
        return -1;
    }
    if (out == NULL) {
        return 0;
    }
    if (is_input(capture->in, out)) {
        *error = (struct dp_error){"write the capture file (it is the one to be read)", EINVAL};
        return -1;
    }
    *error = (struct dp_error){"write the capture file", EIO};
    errno = 0;
    capture->out_format = pcap_open_dead(DLT_EN10MB, DP_FRAME_MAX);
    capture->out = capture->out_format == NULL ? NULL : pcap_dump_open(capture->out_format, out);
    if (capture->out == NULL) {
        error->code = errno != 0 ? errno : EIO;
        return -1;
    }
    return 0;
}

struct dp_port *dp_pcap_open(const char *in, const char *out, struct dp_error *error)
{
    *error = (struct dp_error){"open a capture file", ENOMEM};
    struct pcap_port *capture = calloc(1, sizeof *capture);
    if (capture == NULL) {
        return NULL;
    }
    capture->port.operations = &operations;
    capture->memory = calloc(DP_BATCH, SLOT);
    if (capture->memory == NULL || open_files(capture, in, out, error) != 0) {
        capture_close(&capture->port);
        return NULL;
    }
    return &capture->port;
}

uint64_t dp_pcap_time_ms(const struct dp_port *port)
{
    return milliseconds(((const struct pcap_port *)port)->time);
}

enum dp_pcap_fault dp_pcap_check(struct dp_port *port, int *code)
{
    struct pcap_port *capture = (struct pcap_port *)port;
    errno = 0;
    if (capture->out != NULL &&
        (pcap_dump_flush(capture->out) != 0 || ferror(pcap_dump_file(capture->out)) != 0)) {
        *code = errno != 0 ? errno : EIO;
        return DP_PCAP_UNWRITTEN;
    }
    *code = capture->code;
    return capture->fault;
}
