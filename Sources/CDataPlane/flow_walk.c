// SPDX-License-Identifier: Apache-2.0
//
// The flows for people to read. In: a filter, and where the walk stands. Out: a bounded piece of the
// flow table as entries. Control thread, beside workers that change lines; the snapshot in force
// stays, for control alone publishes.

#include "forwarder.h"
#include "service.h"

#include <arpa/inet.h>

struct walk {
    const struct dp_flow_table *table;
    const struct dp_real_name *names; // by real server index
    const struct dp_snapshot *snapshot;
    const struct dp_flow_filter *filter;
    const struct dp_service *service; // that the filter asks for, NULL where there is none
    union dp_address client, client_mask, vip;
    uint64_t now_ms;
};

static union dp_address mask_of(uint32_t bits)
{
    union dp_address mask = {.word = {0, 0}};
    for (uint32_t i = 0; i < sizeof mask.bytes && i * 8 < bits; i++) {
        uint32_t left = bits - i * 8;
        mask.bytes[i] = left >= 8 ? 0xFF : (uint8_t)(0xFF00 >> left);
    }
    return mask;
}

static struct walk start(const struct dp_forwarder *forwarder, const struct dp_snapshot *snapshot,
                         const struct dp_flow_filter *filter, uint64_t now_ms)
{
    struct walk walk = {.table = forwarder->flows,
                        .names = forwarder->flow_memory.names,
                        .snapshot = snapshot,
                        .filter = filter,
                        .client = dp_address_of(&filter->client),
                        .client_mask = mask_of(filter->client_bits),
                        .vip = dp_address_of(&filter->vip),
                        .now_ms = now_ms};
    struct dp_flow_key key = {.vip = walk.vip,
                              .service_port_be = htons(filter->service_port),
                              .protocol = filter->service_transport};
    walk.service = filter->by_service ? dp_service_find(snapshot, &key) : NULL;
    return walk;
}

// A line as it was at one moment.
struct seen {
    struct dp_flow_key key;
    uint64_t control;
    int64_t left_ms; // until it is forgotten
};

// False when the line holds nothing, or changed hands while it was read: then what it held is over,
// and what it holds now began after the walk did. Neither has to be shown.
static bool look(const struct walk *walk, const struct dp_flow *flow, struct seen *seen)
{
    // Pairs with the release store of dp_flow_commit(): the key is the one of this word.
    seen->control = atomic_load_explicit(&flow->control, memory_order_acquire);
    if (!dp_flow_is_live(seen->control)) {
        return false;
    }
    uint64_t words[5];
    for (int i = 0; i < 5; i++) {
        words[i] = atomic_load_explicit(&flow->key[i], memory_order_relaxed);
    }
    uint32_t last_seen_ms = atomic_load_explicit(&flow->last_seen_ms, memory_order_relaxed);
    uint32_t timeout_ms = dp_flow_timeout_ms(flow, seen->control, &walk->snapshot->timeouts);
    // Pairs with the release fence of dp_flow_commit(): a word of another flow would show another
    // control word here. The state alone may have changed: the flow is the same.
    atomic_thread_fence(memory_order_acquire);
    uint64_t again = atomic_load_explicit(&flow->control, memory_order_relaxed);
    if ((again ^ seen->control) >> 20 != 0) {
        return false;
    }
    __builtin_memcpy(&seen->key, words, sizeof words);
    seen->left_ms = timeout_ms - dp_flow_idle_ms(last_seen_ms, walk->now_ms);
    return true;
}

static bool is_of_service(const struct walk *walk, const struct dp_flow_key *key)
{
    const struct dp_flow_filter *filter = walk->filter;
    if (!filter->by_service) {
        return true;
    }
    if (key->protocol != filter->service_transport || !dp_address_equal(&key->vip, &walk->vip)) {
        return false;
    }
    return walk->service != NULL ? dp_service_find(walk->snapshot, key) == walk->service
                                 : key->service_port_be == htons(filter->service_port);
}

static bool is_of_client(const struct walk *walk, const union dp_address *client)
{
    if (!walk->filter->by_client) {
        return true;
    }
    uint64_t difference = dp_address_is_ipv4(client) ^ dp_address_is_ipv4(&walk->client);
    for (int i = 0; i < 2; i++) {
        difference |= (client->word[i] ^ walk->client.word[i]) & walk->client_mask.word[i];
    }
    return difference == 0;
}

static bool is_to_real(const struct walk *walk, uint32_t real)
{
    if (!walk->filter->by_real) {
        return true;
    }
    union dp_address rip = dp_address_of(&walk->names[real].rip);
    union dp_address wanted = dp_address_of(&walk->filter->real);
    return walk->names[real].transport != 0 && dp_address_equal(&rip, &wanted);
}

static bool is_wanted(const struct walk *walk, const struct seen *seen, enum dp_flow_state state)
{
    const struct dp_flow_filter *filter = walk->filter;
    return state != DP_FLOW_FRAGMENT && seen->left_ms > 0 &&
           (filter->state == 0 || filter->state == state) &&
           (filter->transport == 0 || filter->transport == seen->key.protocol) &&
           is_of_client(walk, &seen->key.client) && is_of_service(walk, &seen->key) &&
           is_to_real(walk, dp_flow_real_of(seen->control));
}

static struct dp_ip ip_of(const union dp_address *address)
{
    struct dp_ip ip;
    __builtin_memcpy(&ip, address, sizeof ip);
    return ip;
}

// True when the line holds a flow that is wanted: it is the entry.
static bool show(const struct walk *walk, uint64_t line, struct dp_flow_entry *entry)
{
    struct seen seen;
    if (!look(walk, &walk->table->lines[line], &seen)) {
        return false;
    }
    enum dp_flow_state state = dp_flow_state_of(seen.control);
    if (state == DP_FLOW_TEMPLATE) {
        seen.key.protocol &= ~(uint32_t)DP_KEY_TEMPLATE;
    }
    if (!is_wanted(walk, &seen, state)) {
        return false;
    }
    *entry = (struct dp_flow_entry){.client = ip_of(&seen.key.client),
                                    .vip = ip_of(&seen.key.vip),
                                    .client_port = ntohs(seen.key.client_port_be),
                                    .service_port = ntohs(seen.key.service_port_be),
                                    .transport = (uint8_t)seen.key.protocol,
                                    .state = (uint8_t)state,
                                    .real = dp_flow_real_of(seen.control),
                                    .expires_ms = (uint32_t)seen.left_ms};
    return true;
}

uint32_t dp_forwarder_flows(const struct dp_forwarder *forwarder,
                            const struct dp_flow_filter *filter, uint64_t now_ms, uint64_t *cursor,
                            struct dp_flow_entry *entries, uint32_t capacity)
{
    const struct dp_snapshot *snapshot = atomic_load(&forwarder->current);
    uint64_t first = *cursor;
    *cursor = DP_FLOW_WALK_END;
    uint64_t end = forwarder->flows->line_count + DP_FLOW_WINDOW;
    if (snapshot == NULL || first >= end) {
        return 0;
    }
    struct walk walk = start(forwarder, snapshot, filter, now_ms);
    uint32_t count = 0;
    uint32_t lines = 0;
    uint64_t end_word = (end + 63) / 64;
    uint64_t last_word = first / 64 + DP_FLOW_WALK_WORDS;
    uint64_t unseen = UINT64_MAX << first % 64; // of the first word: the cursor may stand within
    for (uint64_t word = first / 64; word < end_word; word++, unseen = UINT64_MAX) {
        if (word == last_word) {
            *cursor = word * 64;
            return count;
        }
        uint64_t bits =
            atomic_load_explicit(&walk.table->occupied[word], memory_order_relaxed) & unseen;
        for (; bits != 0; bits &= bits - 1, lines++) {
            uint64_t line = word * 64 + (uint64_t)__builtin_ctzll(bits);
            if (count == capacity || lines == DP_FLOW_WALK_LINES) {
                *cursor = line;
                return count;
            }
            count += show(&walk, line, &entries[count]) ? 1 : 0;
        }
    }
    return count;
}
