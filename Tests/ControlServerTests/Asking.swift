// SPDX-License-Identifier: Apache-2.0

import ControlClient
import ControlMessages
import ControlTesting
import FoundationEssentials

/// What a well-behaved client is told of the director's phase.
func phase(at socket: String) async throws -> String {
    try await blocking {
        try ControlClient(socket: socket, timeoutMilliseconds: 60_000).status().phase
    }
}

/// The repository's `docs`: this file is three below its top.
let docs = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs")
