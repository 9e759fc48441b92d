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
// `sends_back`: frames for the interface that they came by go out by XDP_TX, else by a redirection,
// which a veth needs. Fails with ENOTSUP on machines other than x86-64.
struct dp_accelerator *dp_accelerator_create(struct dp_forwarder *forwarder, bool sends_back,
                                             struct dp_error *error);
// Control. Puts the program on the interface, in the driver (no generic XDP), until the accelerator
// is destroyed or the process ends. -EBUSY: another program is there; -EOPNOTSUPP: the driver has
// no XDP.
int dp_accelerator_attach(struct dp_accelerator *accelerator, uint32_t interface,
                          struct dp_error *error);
// Control. While it is suspended every frame is userspace's.
void dp_accelerator_suspend(struct dp_accelerator *accelerator, bool suspended);
// Control. Frames that the program has sent.
uint64_t dp_accelerator_frames(const struct dp_accelerator *accelerator);
// Takes the program off; workers may run.
void dp_accelerator_destroy(struct dp_accelerator *accelerator);

#endif
