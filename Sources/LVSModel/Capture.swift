// SPDX-License-Identifier: Apache-2.0

/// Which frames a capture wants, and how many.
public struct CaptureRequest: Hashable, Sendable {
    public static let counts = 1...10_000_000
    /// Seconds.
    public static let durations = 1...86_400
    public static let snapLengths = 64...2_048

    /// The virtual service that has this address, port and protocol; nil: all, and what is for none.
    public var service: ServiceAddress?
    /// The real server that has this RIP, in whatever service; nil: all, and what goes to none.
    public var realServer: IPAddress?
    /// Frames, of `counts`.
    public var count: Int
    /// Seconds, of `durations`.
    public var duration: Int
    /// How many bytes of a packet are kept, of `snapLengths`.
    public var snapLength: Int

    public init(
        service: ServiceAddress? = nil, realServer: IPAddress? = nil, count: Int = 100_000,
        duration: Int = 300, snapLength: Int = 2_048
    ) {
        self.service = service
        self.realServer = realServer
        self.count = count
        self.duration = duration
        self.snapLength = snapLength
    }
}

/// A frame as it came to the data plane, or the same frame as it was sent.
public struct CapturedFrame: Hashable, Sendable {
    /// Nanoseconds since 1970.
    public var time: UInt64
    /// From the Ethernet header on, no more than the capture's snap length.
    public var bytes: [UInt8]
    /// Of the whole frame, in bytes.
    public var length: UInt32
    /// False: as it came. A frame that was sent follows itself as it came.
    public var isSent: Bool
    /// The interface's name.
    public var interface: String
    public var verdict: Verdict
    /// The exit's name, such as `no-service`.
    public var reason: String
    /// The one that was picked, if any.
    public var realServer: RealServerName?

    public init(
        time: UInt64, bytes: [UInt8], length: UInt32, isSent: Bool, interface: String,
        verdict: Verdict, reason: String, realServer: RealServerName?
    ) {
        self.time = time
        self.bytes = bytes
        self.length = length
        self.isSent = isSent
        self.interface = interface
        self.verdict = verdict
        self.reason = reason
        self.realServer = realServer
    }
}

/// A real server of a virtual service, by name.
public struct RealServerName: Hashable, Sendable, CustomStringConvertible {
    public var service: ServiceAddress
    public var address: IPAddress

    public init(service: ServiceAddress, address: IPAddress) {
        self.service = service
        self.address = address
    }

    /// With the service's ports, for direct routing does not translate them: `192.168.142.5:80`.
    public var description: String { "\(address.beforePort):\(service.ports)" }
}

/// What a capture has since it was last asked.
public struct CaptureReading: Hashable, Sendable {
    public var frames: [CapturedFrame]
    /// Frames that found no room, since the capture began.
    public var missed: UInt64
    /// Nothing will follow.
    public var isOver: Bool

    public init(frames: [CapturedFrame], missed: UInt64, isOver: Bool) {
        self.frames = frames
        self.missed = missed
        self.isOver = isOver
    }
}

/// Why there is no capture.
public enum CaptureRefusal: Error, Hashable, Sendable {
    /// There is one already.
    case isRunning
    case noSuchService(ServiceAddress, existing: [ServiceAddress])
    /// `existing`: those of the service that was asked for, or all.
    case noSuchRealServer(IPAddress, existing: [IPAddress])
    /// The text says what failed.
    case unavailable(String)
}

extension CaptureRefusal: CustomStringConvertible {
    /// How many names are listed.
    private static let listed = 10

    public var description: String {
        switch self {
        case .isRunning:
            "a capture is running already, and there is room for one; try again when it has ended"
        case .noSuchService(let service, let existing):
            "there is no virtual service \(service)" + Self.list(existing)
        case .noSuchRealServer(let real, let existing):
            "there is no real server \(real)" + Self.list(existing)
        case .unavailable(let text): text
        }
    }

    private static func list(_ names: [some CustomStringConvertible]) -> String {
        guard !names.isEmpty else { return "; there is none at all" }
        let list = names.prefix(listed).map(\.description).joined(separator: ", ")
        let rest = names.count > listed ? " and \(names.count - listed) more" : ""
        return "; there \(names.count == 1 ? "is" : "are") \(list)\(rest)"
    }
}
