// SPDX-License-Identifier: Apache-2.0

import CTransfer

extension [UInt8] {
    /// Whether these bytes stand somewhere in it.
    func holds(_ text: String) -> Bool {
        let sought = Array(text.utf8)
        return unsafe ct_holds(self, count, sought, sought.count)
    }

    /// 64 hexadecimal digits in lower case (FIPS 180-4); nil when the library of TLS refuses.
    var sha256: String? {
        var digest = [UInt8](repeating: 0, count: Int(CT_SHA256_SIZE))
        guard unsafe ct_sha256(self, count, &digest) else { return nil }
        return digest.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
