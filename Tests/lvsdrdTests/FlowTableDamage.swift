// SPDX-License-Identifier: Apache-2.0

import CLibbpf
import Glibc
import Testing

/// Changes a byte of the header of the flow table that a daemon left in the kernel.
func damageFlowTable(pinnedAt path: String) throws {
    let map = unsafe bpf_obj_get(path)
    try #require(map >= 0, "\(path)")
    defer { close(map) }
    let size = 4_096
    let start = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0)
    let bytes = try unsafe #require(start == MAP_FAILED ? nil : start)
    let byte = unsafe bytes.load(fromByteOffset: 50, as: UInt8.self)
    unsafe bytes.storeBytes(of: ~byte, toByteOffset: 50, as: UInt8.self)
    unsafe munmap(bytes, size)
}
