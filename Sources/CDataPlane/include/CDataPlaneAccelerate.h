// SPDX-License-Identifier: Apache-2.0
//
// XDP acceleration: a program on the interface sends the frames of flows that userspace has decided,
// from the same flow table. Included by CDataPlane.h.

#ifndef CDATAPLANE_ACCELERATE_H
#define CDATAPLANE_ACCELERATE_H

struct dp_accelerator;

// Loads the program over the forwarder's flow table, which must be in the kernel (dp_flow_origin), in
// the calling thread's network namespace; CAP_BPF and CAP_NET_ADMIN. From then on each publication
// tells it what it may send. Nothing is sent before it is attached. The caller owns the result, and
// destroys it before the forwarder.
//
// `interface`: the VIPs'. `sends_back`: frames for the interface that they came by go out by XDP_TX, else by a redirection,
// which a veth needs. Fails with ENOTSUP on machines other than x86-64.
struct dp_accelerator *dp_accelerator_create(struct dp_forwarder *forwarder, uint32_t interface,
                                             bool sends_back, struct dp_error *error);
// Control. Puts the program on the interface, in the driver (no generic XDP), until the accelerator
// is destroyed or the process ends. -EBUSY: another program is there; -EOPNOTSUPP: the driver has
// no XDP.
int dp_accelerator_attach(struct dp_accelerator *accelerator, struct dp_error *error);
// Control, every now and then, such as four times a second: changed slot tables come into force for
// the program when no worker picks by the old ones any more and each flow that it has begun by them is
// in the flow table, and what it has seen is told to that. `now_ms`: dp_monotonic_ms(). True when no
// slot table waits.
bool dp_accelerator_settle(struct dp_accelerator *accelerator, uint64_t now_ms);
// Control. While it is suspended every frame is userspace's.
void dp_accelerator_suspend(struct dp_accelerator *accelerator, bool suspended);
// Control. Frames that the program has sent.
uint64_t dp_accelerator_frames(const struct dp_accelerator *accelerator);
// Virtual services of the table in force, by what the program does for them.
struct dp_accelerated_services {
    uint32_t by_slots;
    uint32_t by_lines;
    uint32_t without_room; // of `by_lines`: for want of room for their scheduler's slots
    uint32_t in_userspace; // it leaves them alone
};
// Control.
struct dp_accelerated_services dp_accelerator_services(const struct dp_accelerator *accelerator);
// Control. Flows that it sends by their hash alone; some share a place and count as one.
uint64_t dp_accelerator_known(const struct dp_accelerator *accelerator);

// What the program does with a frame of 14...1,514 bytes: whether it sends it, and with which
// destination MAC address.
struct dp_acceleration_trial {
    bool sent;
    uint8_t mac[DP_MAC_LENGTH];
};
// Control, for tests. Runs the program over the frame, with all that this has in its train, but nothing
// is sent. Returns 0 or a negative errno, with `error` set.
int dp_accelerator_try(struct dp_accelerator *accelerator, const uint8_t *frame, uint32_t length,
                       struct dp_acceleration_trial *trial, struct dp_error *error);
// Takes the program off; no worker runs.
void dp_accelerator_destroy(struct dp_accelerator *accelerator);

#endif
