// SPDX-License-Identifier: Apache-2.0

extension Unicode.Scalar {
    /// Whether a message may show it as it stands: it is visible or a space, and no terminal acts on
    /// it. Controls (C0, DEL and C1), line separators and what turns the direction of writing are not.
    public var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
        default: true
        }
    }
}
