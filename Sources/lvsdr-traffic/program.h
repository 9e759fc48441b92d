// SPDX-License-Identifier: Apache-2.0
//
// The embedded in-kernel programs: loaded, their maps mapped, put on an interface for as long as this
// process lives. What fails ends the program with a sentence.
#ifndef TRAFFIC_PROGRAM_H
#define TRAFFIC_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_object;

enum program_set { PROGRAMS_SEND, PROGRAMS_COUNT, PROGRAMS_FORWARD };

// `without`: a program that is left out; NULL: none.
struct bpf_object *programs_load(enum program_set set, const char *without);
// NULL where the kernel refuses them.
struct bpf_object *programs_try(enum program_set set, const char *without);
int program_fd(const struct bpf_object *object, const char *program);
int program_map_fd(const struct bpf_object *object, const char *map);
// The memory of a map made with BPF_F_MMAPABLE, `size` bytes.
void *program_map_memory(const struct bpf_object *object, const char *map, size_t size);
// XDP in the driver's own way, by a link that goes with the process.
void program_attach_xdp(const struct bpf_object *object, const char *program, uint32_t interface);
// For as long as this process lives; false where the kernel refuses it.
bool program_attach_tracepoint(const struct bpf_object *object, const char *program);
// tc ingress; it goes with the interface.
void program_attach_ingress(const struct bpf_object *object, const char *program,
                            uint32_t interface);

#endif
