// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlMessages

/// What a rate is an average over.
enum Period: Int, CaseIterable, ExpressibleByArgument {
    case second = 1
    case tenSeconds = 10
    case minute = 60

    var name: String { self == .second ? "1 second" : "\(rawValue) seconds" }

    var next: Period {
        switch self {
        case .second: .tenSeconds
        case .tenSeconds: .minute
        case .minute: .second
        }
    }
}

extension RatesMessage {
    /// nil where it was not watched for so long.
    subscript(period: Period) -> RateMessage? {
        switch period {
        case .second: second
        case .tenSeconds: tenSeconds
        case .minute: minute
        }
    }
}
