// SPDX-License-Identifier: Apache-2.0

import LVSConfiguration
import LVSModel

/// Fuzzes the reading of changes at run time. What is accepted can be written and read again; what is
/// refused is refused in lines that say where.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe UnsafeBufferPointer(start: start, count: count)
    guard let text = unsafe FuzzedText.make(from: input.span) else { return 0 }
    do {
        let changes = try read(text)
        let written = ChangesText.write(changes)
        require(!written.utf8.contains(0x0A))
        require(try read(written) == changes, written)
    } catch {
        require((1...20).contains(error.errors.count) && error.omitted >= 0)
        for error in error.errors {
            guard let place = error.position else { continue }
            Refusal(line: place.line, column: place.column, description: error.description)
                .check(in: text)
        }
    }
    return 0
}

private func read(_ text: String) throws(ConfigurationFailure) -> [Change] {
    try ChangesText.read(Array(text.utf8), name: "changes", now: 1_800_000_000)
}
