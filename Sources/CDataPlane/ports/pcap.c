// SPDX-License-Identifier: Apache-2.0
//
// A capture in, and what is sent into another: a configuration can be tried on yesterday's traffic.
// The capture's timestamps are the clock, so that timeouts mean what they mean live; a batch holds
// frames of one millisecond. One thread; libpcap reads the file formats.

#include "port.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

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
    struct dp_port_counters counters;
};

static uint64_t milliseconds(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_usec / 1000;
}

static bool read_next(struct pcap_port *capture)
{
    struct pcap_pkthdr *header;
    if (capture->pending_bytes == NULL) {
        if (pcap_next_ex(capture->in, &header, &capture->pending_bytes) != 1) {
            capture->pending_bytes = NULL;
            return false;
        }
        capture->pending = *header;
    }
    return true;
}

static uint32_t pcap_receive(struct dp_port *port, struct dp_frame *frames, uint32_t capacity)
{
    struct pcap_port *capture = (struct pcap_port *)port;
    uint32_t count = 0;
    for (; count < capacity && count < DP_BATCH && read_next(capture); count++) {
        if (count == 0) {
            capture->time = capture->pending.ts;
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

static void pcap_wait(struct dp_port *port, int wake_fd, int timeout_ms)
{
    (void)port;
    (void)wake_fd;
    (void)timeout_ms;
}

static uint64_t pcap_now_ms(struct dp_port *port)
{
    return milliseconds(((struct pcap_port *)port)->time);
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
