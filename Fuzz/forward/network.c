// SPDX-License-Identifier: Apache-2.0
//
// A director with IPv4 and IPv6 VIPs, its own and the host's; services of one port, of several, of
// ranges and of any port, with each of the settings. A real server's index names it for the whole run.

#include "network.h"

#include "require.h"

#include <string.h>

const uint8_t director_mac[DP_MAC_LENGTH] = {2, 0, 0, 0, 0, 0x64};
const uint8_t second_mac[DP_MAC_LENGTH] = {2, 0, 0, 0, 0, 0x65};

enum { REALS_EACH = 3, WELL_KNOWN_PORTS = 32 };

static struct dp_ip ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    return (struct dp_ip){{[10] = 0xFF, 0xFF, a, b, c, d}};
}

static struct dp_ip ipv6(uint8_t first, uint8_t second, uint8_t last)
{
    return (struct dp_ip){{first, second, [15] = last}};
}

bool is_ipv6(const struct dp_ip *address)
{
    static const uint8_t mapped[12] = {[10] = 0xFF, 0xFF};
    return memcmp(address, mapped, sizeof mapped) != 0;
}

struct dp_ip vip_numbered(uint8_t number)
{
    const struct dp_ip vips[VIP_COUNT] = {
        ipv4(10, 0, 0, 100),    ipv4(10, 0, 0, 101), ipv4(10, 0, 0, 102),    ipv6(0xFD, 0x00, 0x64),
        ipv6(0xFD, 0x00, 0x65), ipv4(10, 0, 0, 1),   ipv6(0xFD, 0x00, 0x01), ipv6(0xFF, 0x02, 0x01),
    };
    return vips[number % VIP_COUNT];
}

struct dp_ip client_numbered(uint8_t number, bool is_six)
{
    number %= CLIENT_COUNT;
    if (number < 8) {
        return is_six ? ipv6(0x20, 0x01, number) : ipv4(192, 0, 2, number);
    }
    const struct dp_ip strange_ipv4[] = {
        ipv4(192, 0, 3, 1),       ipv4(0, 0, 0, 0),    ipv4(127, 0, 0, 1), ipv4(224, 0, 0, 1),
        ipv4(255, 255, 255, 255), ipv4(10, 0, 0, 100), ipv4(10, 0, 0, 11), ipv4(10, 0, 0, 1)};
    const struct dp_ip strange_ipv6[] = {
        ipv6(0x20, 0x02, 1), ipv6(0, 0, 0),       ipv6(0, 0, 1),     ipv6(0xFF, 0x02, 1),
        ipv4(192, 0, 2, 1),  ipv6(0xFD, 0, 0x64), ipv6(0xFD, 0, 11), ipv6(0xFE, 0x80, 1)};
    return is_six ? strange_ipv6[number - 8] : strange_ipv4[number - 8];
}

// One port or several, all of one VIP and protocol.
struct offer {
    uint8_t vip, transport, scheduler;
    struct dp_port_range ranges[2];
    uint32_t persistence_s;
    uint8_t persistence_bits;
    bool one_packet, has_thresholds;
};

static const struct offer offers[] = {
    {0, DP_TCP, DP_SCHEDULER_RR, {{80, 80}}, 0, 128, false, false},
    {0, DP_TCP, DP_SCHEDULER_WRR, {{443, 443}, {8443, 8443}}, 300, 128, false, false},
    {0, DP_TCP, DP_SCHEDULER_WLC, {{81, 81}}, 0, 128, false, true},
    {0, DP_TCP, DP_SCHEDULER_LBLC, {{82, 82}}, 0, 128, false, false},
    {0, DP_TCP, DP_SCHEDULER_LBLCR, {{83, 83}}, 0, 128, false, false},
    {0, DP_UDP, DP_SCHEDULER_LC, {{53, 53}}, 0, 128, true, false},
    {0, DP_UDP, DP_SCHEDULER_SED, {{5000, 5009}}, 0, 128, false, true},
    {0, DP_UDP, DP_SCHEDULER_NQ, {{123, 123}}, 0, 128, false, false},
    {1, DP_TCP, DP_SCHEDULER_SH, {{80, 80}}, 0, 128, false, false},
    {1, DP_TCP, DP_SCHEDULER_DH, {{0, 65535}}, 90, 120, false, false},
    {2, DP_TCP, DP_SCHEDULER_MAGLEV, {{21, 21}, {10000, 10100}}, 5, 128, false, true},
    {2, DP_UDP, DP_SCHEDULER_MH, {{0, 65535}}, 30, 96, true, false},
    {3, DP_TCP, DP_SCHEDULER_FO, {{80, 80}}, 0, 128, false, true},
    {3, DP_TCP, DP_SCHEDULER_OVF, {{8000, 8100}}, 2678400, 64, false, false},
    {3, DP_UDP, DP_SCHEDULER_TWOS, {{53, 53}}, 0, 128, false, false},
    {4, DP_TCP, DP_SCHEDULER_WRR, {{80, 80}}, 0, 128, false, false},
    {4, DP_UDP, DP_SCHEDULER_MAGLEV, {{0, 65535}}, 0, 128, false, false},
};
enum { OFFER_COUNT = sizeof offers / sizeof *offers, REAL_COUNT = OFFER_COUNT * REALS_EACH };

uint16_t service_port_numbered(uint8_t number)
{
    static const uint16_t ports[WELL_KNOWN_PORTS] = {
        80,  443, 8443, 81,   82,   83,   53,    5000,  5005,  5009, 5010,
        123, 21,  9999, 8000, 8100, 7999, 10000, 10050, 10100, 1,    65535,
        0,   22,  84,   442,  8101, 444,  10101, 4999,  40000, 20};
    return ports[number % WELL_KNOWN_PORTS];
}

// The table, and what it points into.
struct whole {
    struct dp_table_input input;
    struct dp_service_input services[OFFER_COUNT];
    struct dp_real_input reals[REAL_COUNT];
    struct dp_port_range ranges[2 * OFFER_COUNT];
};

// What the stage does to the real servers that it meets.
enum trouble {
    NO_TROUBLE,
    DOWN,
    NO_MAC_ADDRESS,
    WEIGHT_0,
    REMOVED,
    SERVICE_REMOVED,
    OTHER_MAC_ADDRESS,
    OTHER_WEIGHT,
};

// The upper bits choose whom it meets.
static bool is_met(uint8_t stage, uint32_t offer, uint32_t position)
{
    switch (stage >> 4) {
    case 0:
        return true;
    case 1:
        return position == 0;
    case 2:
        return position > 0;
    case 3:
        return offer % 2 == 0;
    default:
        return (offer * REALS_EACH + position + stage) % (stage >> 4) < 2;
    }
}

static enum trouble trouble_of(uint8_t stage, uint32_t offer, uint32_t position)
{
    enum trouble trouble = (enum trouble)(stage & 7);
    return is_met(stage, offer, position) ? trouble : NO_TROUBLE;
}

static struct dp_real_input real_of(uint32_t offer, uint32_t position, enum trouble trouble)
{
    uint8_t rip = (uint8_t)(11 + position);
    struct dp_real_input real = {
        .index = offer * REALS_EACH + position,
        .rip = offers[offer].vip < 3 ? ipv4(10, 0, 0, rip) : ipv6(0xFD, 0x00, rip),
        .weight = trouble == WEIGHT_0       ? 0
                  : trouble == OTHER_WEIGHT ? 65535 - position
                                            : position + 1,
        .egress = position == 2 ? SECOND_INTERFACE : INGRESS,
        .upper_threshold = offers[offer].has_thresholds ? 2 + position : 0,
        .lower_threshold = offers[offer].has_thresholds ? position : 0,
        .usable = trouble != NO_MAC_ADDRESS,
        .down = trouble == DOWN,
    };
    if (real.usable) {
        const uint8_t mac[DP_MAC_LENGTH] = {
            2, 1, 0, trouble == OTHER_MAC_ADDRESS, (uint8_t)offer, (uint8_t)position};
        memcpy(real.mac, mac, sizeof mac);
    }
    memcpy(real.egress_mac, position == 2 ? second_mac : director_mac, DP_MAC_LENGTH);
    return real;
}

// Maglev's tables are large: most inputs are worth more in time than in them.
static uint8_t scheduler_of(const struct character *character, const struct offer *what)
{
    uint32_t scheduler = (what->scheduler + character->schedulers) % DP_SCHEDULER_COUNT;
    bool rare = scheduler == DP_SCHEDULER_MAGLEV && character->schedulers < 0xF0;
    return (uint8_t)(rare ? DP_SCHEDULER_MH : scheduler);
}

static void add_service(struct whole *table, const struct character *character, uint32_t offer,
                        uint8_t stage)
{
    const struct offer *what = &offers[offer];
    struct dp_table_input *input = &table->input;
    struct dp_service_input *service = &table->services[input->service_count++];
    *service = (struct dp_service_input){
        .index = offer,
        .vip = vip_numbered(what->vip),
        .first_range = input->range_count,
        .first_real = input->real_count,
        .persistence_s = what->persistence_s,
        .persistence_bits = what->persistence_bits,
        .transport = what->transport,
        .scheduler = scheduler_of(character, what),
        .scheduler_flags = character->schedulers / DP_SCHEDULER_COUNT % 4,
        .on_down = (offer + character->policies) % 4,
        .owned = what->vip == 0 || what->vip == 2 || what->vip == 3,
        .one_packet = what->one_packet,
    };
    service->waits = !service->owned && (stage + character->times) % 4 == 3;
    for (int i = 0; i < 2 && what->ranges[i].last != 0; i++) {
        table->ranges[input->range_count++] = what->ranges[i];
        service->range_count++;
    }
    for (uint32_t position = 0; position < REALS_EACH; position++) {
        enum trouble trouble = trouble_of(stage, offer, position);
        if (trouble != REMOVED) {
            table->reals[input->real_count++] = real_of(offer, position, trouble);
            service->real_count++;
        }
    }
}

const struct dp_table_input *table_at(const struct character *character, uint8_t stage)
{
    static struct whole table;
    static const uint32_t rates[] = {1000, 2, 0, 1};
    static const uint32_t timeouts[] = {900, 120, 10, 1};
    uint8_t times = character->times;
    table.input = (struct dp_table_input){
        .services = table.services,
        .reals = table.reals,
        .ranges = table.ranges,
        .ingress = INGRESS,
        .preserve_source_mac = (character->policies & 0x80) != 0,
        .timeout_tcp_s = timeouts[times & 3],
        .timeout_tcp_fin_s = timeouts[times >> 2 & 3],
        .timeout_udp_s = timeouts[times >> 4 & 3],
        .no_flow = (enum dp_no_flow)((character->policies >> 2) % 3),
        .no_real_server = (enum dp_no_real_server)((character->policies >> 4 & 7) % 3),
        .answers_per_second = rates[times >> 6],
        .takes_over = (stage + times) % 2 == 1,
    };
    memcpy(table.input.ingress_mac, director_mac, DP_MAC_LENGTH);
    for (uint32_t offer = 0; offer < OFFER_COUNT; offer++) {
        if (trouble_of(stage, offer, 0) != SERVICE_REMOVED) {
            add_service(&table, character, offer, stage);
        }
    }
    return &table.input;
}

const struct dp_real_input *real_in(const struct dp_table_input *table, uint32_t index)
{
    for (uint32_t i = 0; i < table->real_count; i++) {
        if (table->reals[i].index == index) {
            return &table->reals[i];
        }
    }
    return NULL;
}

const struct dp_service_input *service_of_real(const struct dp_table_input *table, uint32_t index)
{
    for (uint32_t i = 0; i < table->service_count; i++) {
        if (table->services[i].index == index / REALS_EACH) {
            return &table->services[i];
        }
    }
    return NULL;
}

const struct dp_service_input *service_of_vip(const struct dp_table_input *table,
                                              const struct dp_ip *vip)
{
    for (uint32_t i = 0; i < table->service_count; i++) {
        if (memcmp(&table->services[i].vip, vip, sizeof *vip) == 0) {
            return &table->services[i];
        }
    }
    return NULL;
}
