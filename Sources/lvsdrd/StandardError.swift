// SPDX-License-Identifier: Apache-2.0

internal import Glibc

enum StandardError {
    /// Writes a line.
    static func write(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        // Where nobody reads it there is nobody to tell that either.
        _ = unsafe Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
