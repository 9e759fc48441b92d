// SPDX-License-Identifier: Apache-2.0

import CHostNetwork

/// The process's rights over the host's network.
public enum OwnCapabilities {
    /// Keeps them from programs that it runs, such as health checks: of a service that is not root
    /// they would have them as well. For the main thread, before there are others.
    public static func keep() throws(HostNetworkError) {
        let code = hn_keep_capabilities()
        guard code >= 0 else {
            throw HostNetworkError(
                operation: "keep the capabilities from health checks", errno: -code)
        }
    }
}
