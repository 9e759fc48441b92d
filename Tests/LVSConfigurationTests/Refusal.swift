// SPDX-License-Identifier: Apache-2.0

import LVSConfiguration
import LVSModel
import Testing

/// A text that is refused with exactly one error: where, and a part of what it says.
struct Refusal: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    /// nil for an error of the whole file.
    let position: Position?
    let part: String

    var testDescription: String { name }

    init(_ name: String, _ text: String, _ position: (Int, Int)?, _ part: String) {
        self.name = name
        self.text = text
        self.position = position.map { Position(line: $0.0, column: $0.1) }
        self.part = part
    }

    /// The seed's file with one part of it changed.
    init(
        _ name: String, _ old: String, to new: String, _ position: (Int, Int)?, _ part: String
    ) {
        precondition(Self.seed.ranges(of: old).count == 1, "\(old) is not once in the seed")
        self.init(name, Self.seed.replacing(old, with: new), position, part)
    }

    static let seed = """
        interface: eth0
        timeouts:
          tcp: 15m
        services:
          - address: 192.168.142.100
            port: 80
            scheduler: rr
            real-servers:
              - address: 192.168.142.5
                weight: 1
              - address: 192.168.142.6

        """

    func check() {
        let failure = #expect(throws: ConfigurationFailure.self) {
            _ = try ConfigurationFile.parse(text, file: "lvsdr.yaml")
        }
        guard let failure else { return }
        #expect(failure.errors.count == 1 && failure.omitted == 0, "\(failure)")
        #expect(failure.errors.first?.position == position, "\(failure)")
        #expect(failure.description.contains(part), "\(failure)")
        #expect(failure.description.hasPrefix("lvsdr.yaml:"))
    }
}

/// Parses what must be right.
func settings(_ text: String) throws -> DirectorSettings {
    try ConfigurationFile.parse(text, file: "lvsdr.yaml")
}
