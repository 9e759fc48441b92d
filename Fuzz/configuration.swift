// SPDX-License-Identifier: Apache-2.0

import LVSConfiguration
import LVSModel

/// Fuzzes the reading of the configuration file. What is accepted can be written, read again and
/// published; what is refused is refused in lines that say where.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe UnsafeBufferPointer(start: start, count: count)
    guard let text = unsafe FuzzedText.make(from: input.span) else { return 0 }
    do {
        let settings = try ConfigurationFile.parse(text, file: "lvsdr.yaml")
        let written = ConfigurationText.write(settings)
        require(
            try ConfigurationFile.parse(written, file: "lvsdr.yaml") == settings, written)
        requirePublishable(settings)
    } catch {
        require((1...20).contains(error.errors.count) && error.omitted >= 0)
        // A line that ends in a carriage return alone is one to YAML, and none to most editors.
        let text = text.replacing("\r\n", with: "\n")
        for error in error.errors {
            guard let place = error.position, !text.utf8.contains(0x0D) else { continue }
            Refusal(line: place.line, column: place.column, description: error.description)
                .check(in: text)
        }
    }
    return 0
}
