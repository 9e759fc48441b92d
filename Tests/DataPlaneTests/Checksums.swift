// SPDX-License-Identifier: Apache-2.0

/// What TCP, UDP and ICMPv6 sum besides their own bytes (RFC 9293 section 3.1, RFC 8200 section 8.1);
/// nothing for ICMP.
func pseudoHeader(_ addresses: [UInt8], _ transport: UInt8, _ length: Int) -> [UInt8] {
    transport == 1 ? [] : addresses + UInt32(length).bytes + [0, 0, 0, transport]
}

/// Whether all checksums of a frame without extension headers are right, and its lengths.
func checksOut(_ frame: [UInt8]) -> Bool {
    let ip = Array(frame.dropFirst(14))
    let isIPv4 = Array(frame[12..<14]) == [0x08, 0x00]
    let header = isIPv4 ? Int(ip[0] & 0x0F) * 4 : 40
    guard ip.count >= header + 8 else { return false }
    let length = Int(ip[isIPv4 ? 2 : 4]) << 8 | Int(ip[isIPv4 ? 3 : 5])
    let transport = ip[isIPv4 ? 9 : 6]
    let addresses = Array(isIPv4 ? ip[12..<20] : ip[8..<40])
    let payload = ip[header...]
    return length == (isIPv4 ? ip.count : payload.count)
        && (!isIPv4 || checksum(ip[..<header]) == 0)
        && checksum(pseudoHeader(addresses, transport, payload.count) + payload) == 0
}
