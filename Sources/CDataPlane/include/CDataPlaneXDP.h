// SPDX-License-Identifier: Apache-2.0
//
// AF_XDP: ports over one receive queue each of an interface, and the program that hands the frames of
// the VIPs to them. Included by CDataPlane.h.
//
// What a port receives the kernel's stack does not get any more. The program hands over what the data
// plane takes; what the data plane passes all the same, because a table changed in between, is lost
// and stands under its reason as ever.

#ifndef CDATAPLANE_XDP_H
#define CDATAPLANE_XDP_H

struct dp_divert;

// Control. How many receive queues the interface has; 1 where the driver does not tell. 0 and -errno,
// in the calling thread's network namespace.
int dp_xdp_queue_count(uint32_t interface, struct dp_error *error);

// A port over one receive queue (CAP_NET_RAW), in the calling thread's network namespace. Without
// copies where the driver can, frames of at most an MTU of 3,826 bytes: larger ones fit no page.
// -EMSGSIZE: larger ones; -ENOBUFS: RLIMIT_MEMLOCK leaves a port less than 4 MiB (it takes up to 32);
// -EBUSY: another socket has the queue. The caller owns the result until a worker takes it.
struct dp_port *dp_xdp_open(uint32_t interface, uint32_t queue, struct dp_error *error);
// Whether the driver reads and writes the port's memory itself.
bool dp_xdp_is_zero_copy(const struct dp_port *port);
// Control, workers may run. From now on frames for another interface than the port's go out there
// without a copy to the kernel's sockets; before that, and where this fails, by AF_PACKET.
int dp_xdp_add_way(struct dp_port *port, uint32_t interface, struct dp_error *error);

// Loads the program over the tap's maps (CAP_BPF, CAP_NET_ADMIN). The caller owns the result, and
// destroys it before the tap.
struct dp_divert *dp_divert_create(struct dp_tap *tap, struct dp_error *error);
// Control. The frames of the port's queue are handed to the port, until that is closed.
int dp_divert_add(struct dp_divert *divert, const struct dp_port *port, struct dp_error *error);
// Control. Puts the program on the interface, in the driver, until it is destroyed or the process
// ends; or, where there is an accelerator, behind that one's. -EBUSY: another program is there;
// -EOPNOTSUPP: the driver has no XDP.
int dp_divert_attach(struct dp_divert *divert, uint32_t interface,
                     struct dp_accelerator *accelerator, struct dp_error *error);
// Control, before each publication. The program takes frames to the MAC address of the table's
// ingress; those to a former one are the host's.
int dp_divert_tell(struct dp_divert *divert, const struct dp_table_input *table,
                   struct dp_error *error);
// Control. Whether the program would hand a frame of 14...DP_TAP_TRY_MAX bytes, received by queue 0, to
// the port of that queue; nothing is handed over.
int dp_divert_try(struct dp_divert *divert, const uint8_t *frame, uint32_t length, bool *taken,
                  struct dp_error *error);
// Takes the program off; workers may run.
void dp_divert_destroy(struct dp_divert *divert);

#endif
