// SPDX-License-Identifier: Apache-2.0

/// Names a lab: its namespaces are `lvsdr-NAME-HOST`, its folder is `/run/lvsdr-lab/NAME`.
///
/// Valid text: `lab`, `k3f9`. Invalid: the empty text, `Lab` (upper case), `my-lab` (a hyphen),
/// anything over 16 characters.
public struct LabName: Hashable, Sendable {
    public let text: String

    /// Takes 1 to 16 letters of a...z and digits.
    public init?(_ text: some StringProtocol) {
        let allowed = text.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        guard allowed, (1...16).contains(text.utf8.count) else { return nil }
        self.text = String(text)
    }

    private init(unchecked text: String) {
        self.text = text
    }

    /// The lab that people bring up by hand.
    public static let byHand = LabName(unchecked: "lab")

    /// A name that no other lab of this machine has, by chance of one in two billion.
    public static func unique() -> LabName {
        let letters = (0..<6).map { _ in String(Int.random(in: 0..<36), radix: 36) }
        return LabName(unchecked: "x" + letters.joined())
    }

    /// The name of a host's network namespace.
    public func namespace(of host: HostName) -> String {
        namespacePrefix + host.text
    }

    /// What the names of all namespaces of this lab begin with; of no other's, since names of labs
    /// have no hyphen.
    var namespacePrefix: String {
        "lvsdr-\(text)-"
    }
}

extension LabName: CustomStringConvertible {
    public var description: String { text }
}
