// SPDX-License-Identifier: Apache-2.0
//
// What an interface's driver says of it: its name, the link's speed, and which offloads are on
// (linux/ethtool.h). Over the ioctl, which is about the thread's network namespace; /sys shows that
// of whoever mounted it.

#include "CHostNetwork.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct question {
    int descriptor;
    const char *interface;
};

static int ask(const struct question *question, void *data)
{
    struct ifreq request = {.ifr_data = data};
    strncpy(request.ifr_name, question->interface, sizeof request.ifr_name - 1);
    return ioctl(question->descriptor, SIOCETHTOOL, &request) < 0 ? -errno : 0;
}

// The kernel tells first how many words a map of link modes has, then fills them in.
static int ask_speed(const struct question *question, struct hn_driver *driver)
{
    enum { WORDS_MAX = 128 };
    union {
        struct ethtool_link_settings settings;
        uint32_t words[sizeof(struct ethtool_link_settings) / 4 + 3 * WORDS_MAX];
    } link = {.settings = {.cmd = ETHTOOL_GLINKSETTINGS}};
    int error = ask(question, &link);
    if (error < 0)
        return error;
    int words = -link.settings.link_mode_masks_nwords;
    if (words <= 0 || words > WORDS_MAX)
        return -EPROTO;
    memset(&link, 0, sizeof link);
    link.settings.cmd = ETHTOOL_GLINKSETTINGS;
    link.settings.link_mode_masks_nwords = (int8_t)words;
    error = ask(question, &link);
    if (error == 0 && link.settings.speed != (uint32_t)SPEED_UNKNOWN)
        driver->speed_mbit = link.settings.speed;
    driver->is_half_duplex = error == 0 && link.settings.duplex == DUPLEX_HALF;
    return error;
}

static uint32_t feature_count(const struct question *question)
{
    union {
        struct ethtool_sset_info info;
        uint32_t words[sizeof(struct ethtool_sset_info) / 4 + 1];
    } set = {.info = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1u << ETH_SS_FEATURES}};
    return ask(question, &set) == 0 && set.info.sset_mask != 0 ? set.info.data[0] : 0;
}

static int read_features(const struct question *question, uint32_t count,
                         struct ethtool_gstrings *names, struct ethtool_gfeatures *states)
{
    *names = (struct ethtool_gstrings){
        .cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_FEATURES, .len = count};
    *states = (struct ethtool_gfeatures){.cmd = ETHTOOL_GFEATURES, .size = (count + 31) / 32};
    int error = ask(question, names);
    return error < 0 ? error : ask(question, states);
}

static int ask_features(const struct question *question, hn_feature_handler *handler, void *context)
{
    enum { FEATURES_MAX = 4096 };
    uint32_t count = feature_count(question);
    if (count == 0 || count > FEATURES_MAX)
        return -EOPNOTSUPP;
    struct ethtool_gstrings *names = calloc(1, sizeof *names + (size_t)count * ETH_GSTRING_LEN);
    struct ethtool_gfeatures *states =
        calloc(1, sizeof *states + (count + 31) / 32 * sizeof states->features[0]);
    int error = -ENOMEM;
    if (names != NULL && states != NULL) {
        error = read_features(question, count, names, states);
        for (uint32_t i = 0; error == 0 && i < count && i < names->len; i++) {
            char name[ETH_GSTRING_LEN + 1] = {0};
            memcpy(name, names->data + (size_t)i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
            handler(name, (states->features[i / 32].active >> i % 32 & 1) != 0, context);
        }
    }
    free(names);
    free(states);
    return error;
}

int hn_driver_of(const char *interface, struct hn_driver *driver, hn_feature_handler *handler,
                 void *context)
{
    *driver = (struct hn_driver){0};
    struct question question = {.descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
                                .interface = interface};
    if (question.descriptor < 0)
        return -errno;
    struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
    int error = ask(&question, &info);
    if (error == 0) {
        memcpy(driver->name, info.driver, sizeof driver->name - 1);
        ask_speed(&question, driver);
        ask_features(&question, handler, context);
    }
    close(question.descriptor);
    return error;
}
