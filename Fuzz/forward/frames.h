// SPDX-License-Identifier: Apache-2.0
//
// Frames out of a few bytes of input: those that the pipeline acts on, those that are slightly wrong,
// and any bytes at all with their lengths and checksums made right.

#ifndef FUZZ_FRAMES_H
#define FUZZ_FRAMES_H

#include "frame.h"
#include "input.h"

enum { BUILT_CAPACITY = DP_FRAME_MAX };

struct built {
    uint8_t bytes[BUILT_CAPACITY];
    uint32_t length, wire_length;
    bool vlan;
};

enum build_kind {
    BUILD_TCP,
    BUILD_UDP,
    BUILD_ECHO,
    BUILD_ERROR_TCP, // an ICMP error that quotes TCP
    BUILD_ERROR_UDP,
    BUILD_ARP,
    BUILD_SOLICITATION,
    BUILD_OTHER, // of another IP protocol
    BUILD_RAW,   // the input's bytes
    BUILD_KIND_COUNT
};

// What a frame is made from: eight bytes, in this order.
struct description {
    uint8_t kind;
    uint8_t who;    // client (4 bits), VIP (3)
    uint8_t ports;  // of the client (3 bits), of the service (5)
    uint8_t detail; // TCP flags; the ICMP type's choice; a protocol number
    uint8_t shape;  // enum shape
    uint8_t size;   // of the payload
    uint8_t care;   // enum care
    uint8_t patches;
};

// The lower two bits: whole, the first fragment, a later one, the last; then two bits of its number,
// two bits of how many options or extension headers.
enum shape {
    SHAPE_FRAGMENT_HEADER = 0x40, // IPv6, though it is whole
    SHAPE_QUOTE_SHORT = 0x80,     // an ICMP error quotes eight bytes of its packet's payload
};

enum care {
    CARE_LENGTHS_LEFT = 0x01, // what is wrong there stays so
    CARE_CHECKSUMS_LEFT = 0x02,
    CARE_VLAN = 0x04,
    CARE_CUT = 0x08,        // half of it did not come
    CARE_OTHER_HOST = 0x10, // not to the director's MAC address
    CARE_GROUP = 0x20,      // to a group's
    CARE_PADDED = 0x40,
    CARE_PATCH_LAST = 0x80, // patches come behind what makes it right
};

struct description take_description(struct input *input);
// Builds the frame; takes its patches, and the bytes of BUILD_RAW, from the input.
void build(struct built *built, const struct description *description, struct input *input);

// Makes a frame's IP and transport lengths and checksums right, where there is room for them. `care`
// says which not.
void make_right(uint8_t *frame, uint32_t length, uint8_t care);
// RFC 1071, of `length` bytes that begin with a whole word; not inverted, host order.
uint32_t plain_sum(const uint8_t *bytes, uint32_t length, uint32_t sum);

#endif
