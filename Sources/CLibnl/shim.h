// SPDX-License-Identifier: Apache-2.0
#include <netlink/route/link.h>
