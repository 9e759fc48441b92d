// SPDX-License-Identifier: Apache-2.0

extension Change {
    /// The virtual service that it is about; nil when it is not about one alone.
    public var service: ServiceAddress? {
        switch self {
        case .addService(let service): service.address
        case .editService(let service, _), .removeService(let service),
            .addRealServer(_, let service), .editRealServer(_, let service, _),
            .removeRealServer(_, let service), .drain(_, let service, _),
            .undrain(_, let service), .disable(_, let service), .enable(_, let service):
            service
        case .removeAllServices, .setTimeouts, .setAnswers, .setSourceMAC, .setCheckLimit,
            .setPeers:
            nil
        }
    }

    /// The RIP of the real server that it is about; nil when it is not about one.
    public var realServer: IPAddress? {
        switch self {
        case .addRealServer(let real, _): real.address
        case .editRealServer(let real, _, _), .removeRealServer(let real, _),
            .drain(let real, _, _), .undrain(let real, _), .disable(let real, _),
            .enable(let real, _):
            real
        default: nil
        }
    }
}
