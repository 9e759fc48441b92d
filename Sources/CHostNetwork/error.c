// SPDX-License-Identifier: Apache-2.0
//
// Names and texts of errno.

#include "CHostNetwork.h"

#include <string.h>

const char *hn_error_name(int error)
{
    const char *name = strerrorname_np(error);
    return name != NULL ? name : "?";
}

const char *hn_error_text(int error)
{
    const char *text = strerrordesc_np(error);
    return text != NULL ? text : "Unknown error";
}
