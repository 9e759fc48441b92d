// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import HTTPTypes
import LVSModel

/// Something that can be asked over HTTP: the table of all of it is the API.
package struct Route: Hashable, Sendable {
    /// What it does.
    package enum Kind: Hashable, Sendable {
        case reading
        /// The same, of what is not for everyone.
        case confidential
        case change
    }

    package let path: String
    package let kind: Kind
    /// The names that its query may have.
    package let parameters: Set<String>

    private init(_ kind: Kind, _ path: String, _ parameters: Set<String> = []) {
        self.kind = kind
        self.path = path
        self.parameters = parameters
    }

    /// What it is asked with; what is read with GET may be asked for its head, but for a capture,
    /// which would be running then.
    var methods: [HTTPRequest.Method] {
        switch kind {
        case .reading: [.get, .head]
        case .confidential: [.get]
        case .change: [.post]
        }
    }

    package static let all = [
        Route(.reading, ControlPath.status),
        Route(.reading, ControlPath.services, ["service"]),
        Route(.reading, ControlPath.flows, FlowQuery.parameters),
        Route(.reading, ControlPath.events, EventQuery.parameters),
        Route(.reading, ControlPath.settings),
        Route(.reading, ControlPath.differences),
        Route(.reading, ControlPath.explain, FlowAddress.parameters),
        Route(.confidential, ControlPath.capture, CaptureRequest.parameters),
        Route(.change, ControlPath.changes),
        Route(.change, ControlPath.reload, ReloadQuery.parameters),
        Route(.change, ControlPath.save),
        Route(.change, ControlPath.zero, ["service"]),
        Route(.change, ControlPath.role, ["role"]),
        Route(.reading, ControlPath.logLevel),
        Route(.change, ControlPath.logLevel, ["level"]),
        Route(.reading, ControlPath.description),
        Route(.reading, ControlPath.metrics),
    ]
}

/// Which of the routes a listener has.
enum Offer: Sendable {
    case everything
    /// What everyone may read.
    case reading
    case metrics

    func has(_ route: Route) -> Bool {
        switch self {
        case .everything: true
        case .reading: route.kind == .reading
        case .metrics: route.path == ControlPath.metrics
        }
    }

    var paths: [String] {
        Route.all.filter(has).map(\.path).reduce(into: []) { paths, path in
            if !paths.contains(path) { paths.append(path) }
        }
    }
}
