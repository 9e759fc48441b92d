// SPDX-License-Identifier: Apache-2.0
//
// The process's rights over the host's network: capabilities(7).

#include "CHostNetwork.h"

#include <errno.h>
#include <sys/prctl.h>

int hn_keep_capabilities(void)
{
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0L, 0L, 0L) < 0 ? -errno : 0;
}
