// SPDX-License-Identifier: Apache-2.0
//
// See include/body.h.

#include "body.h"

#include <openssl/evp.h>
#include <string.h>

bool ct_sha256(const uint8_t *bytes, size_t size, uint8_t digest[CT_SHA256_SIZE])
{
    return EVP_Digest(size > 0 ? bytes : digest, size, digest, NULL, EVP_sha256(), NULL) == 1;
}

bool ct_holds(const uint8_t *bytes, size_t size, const uint8_t *sought, size_t sought_size)
{
    if (sought_size == 0)
        return true;
    return size >= sought_size && memmem(bytes, size, sought, sought_size) != NULL;
}
