// SPDX-License-Identifier: Apache-2.0
//
// What may be asked of a body that has come: its SHA-256, and whether it holds some bytes. Pointers
// may be NULL where the size is 0. Any thread.

#ifndef CT_BODY_H
#define CT_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CT_SHA256_SIZE = 32 };

// FIPS 180-4, by the library that libcurl brings for TLS. False when that refuses.
bool ct_sha256(const uint8_t *bytes, size_t size, uint8_t digest[CT_SHA256_SIZE]);

// Time is linear in both sizes.
bool ct_holds(const uint8_t *bytes, size_t size, const uint8_t *sought, size_t sought_size);

#endif
