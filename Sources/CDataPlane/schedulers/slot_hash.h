// SPDX-License-Identifier: Apache-2.0
//
// Which slot of its table a hashing scheduler looks a flow up in: for the schedulers, and for the XDP
// program, which follows them (bpf/accelerate.bpf.c), so that nothing of libc is used here. All but
// dp_mix are the kernel's hashes, so that a director beside it picks the same; none has a secret, so
// that two directors agree.

#ifndef DP_SLOT_HASH_H
#define DP_SLOT_HASH_H

enum { DP_SH_SLOTS = 256, DP_MH_SLOTS = 4093, DP_MAGLEV_SLOTS = 65537 };

// The two keys of `mh`.
#define DP_MH_FIRST_KEY 2654435761ull
#define DP_MH_SECOND_KEY 2654446892ull

#define DP_SLOT_INLINE static inline __attribute__((always_inline))

// 8 bits by the golden ratio.
DP_SLOT_INLINE unsigned int dp_hash_8(unsigned int number)
{
    return (number * 0x61C88647u) >> 24;
}

// A permutation of 64-bit numbers that spreads each bit over all (splitmix64's finish).
DP_SLOT_INLINE unsigned long long dp_mix(unsigned long long number)
{
    number += 0x9E3779B97F4A7C15ull;
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9ull;
    number = (number ^ number >> 27) * 0x94D049BB133111EBull;
    return number ^ number >> 31;
}

DP_SLOT_INLINE unsigned long long dp_rotate(unsigned long long number, int bits)
{
    return number << bits | number >> (64 - bits);
}

DP_SLOT_INLINE void dp_sip_round(unsigned long long v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = dp_rotate(v[1], 13) ^ v[0];
    v[3] = dp_rotate(v[3], 16) ^ v[2];
    v[0] = dp_rotate(v[0], 32) + v[3];
    v[2] += v[1];
    v[3] = dp_rotate(v[3], 21) ^ v[0];
    v[1] = dp_rotate(v[1], 17) ^ v[2];
    v[2] = dp_rotate(v[2], 32);
}

// The low half of SipHash-1-3 of the number's four bytes, least first, under (key, key).
DP_SLOT_INLINE unsigned int dp_sip_hash(unsigned long long key, unsigned int number)
{
    unsigned long long block = 4ull << 56 | number;
    unsigned long long v[4] = {key ^ 0x736F6D6570736575ull, key ^ 0x646F72616E646F6Dull,
                               key ^ 0x6C7967656E657261ull, key ^ 0x7465646279746573ull ^ block};
    dp_sip_round(v);
    v[0] ^= block;
    v[2] ^= 0xFF;
    dp_sip_round(v);
    dp_sip_round(v);
    dp_sip_round(v);
    return (unsigned int)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

// Half a word of a flow's key, which is in network byte order, as a number.
DP_SLOT_INLINE unsigned int dp_quad_number(const unsigned long long *key, int quad)
{
    return __builtin_bswap32((unsigned int)(key[quad / 2] >> (quad % 2 * 32)));
}

// An address as a number: IPv4 in host order, IPv6 folded by XOR of its quarters. `words`: two of a
// flow's key (frame.h).
DP_SLOT_INLINE unsigned int dp_address_number(const unsigned long long *words)
{
    int is_ipv4 = words[0] == 0 && (unsigned int)words[1] == 0xFFFF0000u;
    unsigned int last = dp_quad_number(words, 3);
    return is_ipv4 ? last
                   : last ^ dp_quad_number(words, 0) ^ dp_quad_number(words, 1) ^
                         dp_quad_number(words, 2);
}

// Of `sh` and `mh`: the client, with its port on request. `key`: five words of a flow's key.
DP_SLOT_INLINE unsigned int dp_client_number(const unsigned long long *key, int by_port)
{
    unsigned int port = __builtin_bswap16((unsigned short)key[4]);
    return dp_address_number(key) + (by_port ? port : 0);
}

DP_SLOT_INLINE unsigned int dp_mh_slot(unsigned int number)
{
    return dp_sip_hash(DP_MH_FIRST_KEY, number) % DP_MH_SLOTS;
}

// Of `maglev`: the flow's five parts.
DP_SLOT_INLINE unsigned long long dp_maglev_hash(const unsigned long long *key)
{
    unsigned long long hash = (unsigned long long)__builtin_bswap16((unsigned short)key[4]) << 32 |
                              (unsigned long long)__builtin_bswap16((unsigned short)(key[4] >> 16))
                                  << 16 |
                              (unsigned short)(key[4] >> 32);
    hash = dp_mix(hash ^
                  ((unsigned long long)dp_quad_number(key, 0) << 32 | dp_quad_number(key + 2, 0)));
    hash = dp_mix(hash ^
                  ((unsigned long long)dp_quad_number(key, 1) << 32 | dp_quad_number(key + 2, 1)));
    hash = dp_mix(hash ^
                  ((unsigned long long)dp_quad_number(key, 2) << 32 | dp_quad_number(key + 2, 2)));
    return dp_mix(hash ^
                  ((unsigned long long)dp_quad_number(key, 3) << 32 | dp_quad_number(key + 2, 3)));
}

// hash * DP_MAGLEV_SLOTS / 2^64
DP_SLOT_INLINE unsigned int dp_maglev_slot(unsigned long long hash)
{
    unsigned long long low = hash << 16;
    return (unsigned int)((hash >> 48) + (low + hash < low));
}

#endif
