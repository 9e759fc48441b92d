// SPDX-License-Identifier: Apache-2.0

/// What is sent at a contender.
public struct Scenario: Hashable, Sendable {
    public enum Load: Hashable, Sendable {
        /// Frames without replies.
        case frames(Frames)
        /// Requests over connections that stay open: wrk.
        case keepAlive
        /// A connection for each request: wrk.
        case connections
        /// iperf3 to the real server: the bytes pass the director.
        case upload
        /// iperf3 from the real server: the acknowledgements pass the director.
        case download
    }

    public struct Frames: Hashable, Sendable {
        /// nil: each frame is a new flow.
        public var flows: UInt32?
        /// Bytes from the Ethernet header on, 60...1514.
        public var size = 64
        public var isIPv6 = false
        /// SYN segments; else UDP datagrams.
        public var isTCP = false
        /// Frames a second; nil: as fast as the generator can.
        public var rate: Int?
        /// Each second frame belongs to one of so many established TCP flows, which are what is
        /// measured; nil: all frames are alike.
        public var established: UInt32?

        public init(
            flows: UInt32?, size: Int = 64, isIPv6: Bool = false, isTCP: Bool = false,
            rate: Int? = nil, established: UInt32? = nil
        ) {
            self.flows = flows
            self.size = size
            self.isIPv6 = isIPv6
            self.isTCP = isTCP
            self.rate = rate
            self.established = established
        }
    }

    /// A few words that no other scenario of a run has.
    public let name: String
    public let load: Load

    public init(_ name: String, _ load: Load) {
        self.name = name
        self.load = load
    }

    /// Whether the share of frames that arrive means something: not where as many are sent as can be,
    /// but at a set rate, and of established flows among new ones.
    var isShareTold: Bool {
        guard case .frames(let frames) = load else { return false }
        return frames.rate != nil || frames.established != nil
    }

    /// What is measured, with its unit.
    public var unit: Unit {
        switch load {
        case .frames(let frames): frames.rate == nil ? .framesPerSecond : .nanosecondsPerFrame
        case .keepAlive, .connections: .requestsPerSecond
        case .upload, .download: .bitsPerSecond
        }
    }

    /// The first figure of a scenario.
    public enum Unit: String, Hashable, Sendable {
        case framesPerSecond = "frames/s"
        /// Of the director's CPU.
        case nanosecondsPerFrame = "ns/frame"
        case requestsPerSecond = "requests/s"
        case bitsPerSecond = "bit/s"
    }
}

extension Scenario {
    private static func flood(_ name: String, _ frames: Frames) -> Scenario {
        Scenario(name, .frames(frames))
    }

    /// All of them, in the order of the table.
    public static let all: [Scenario] =
        flooded + [100_000, 300_000, 550_000].map(atRate) + overTCP

    /// The few of `--quick`.
    public static let quick: [Scenario] = [
        flood("1,000 flows", Frames(flows: 1000)),
        flood("1,000,000 flows", Frames(flows: 1_000_000)),
        atRate(300_000),
        Scenario("wrk keep-alive", .keepAlive),
    ]

    /// For `Contender.growing`.
    public static let growing: [Scenario] =
        flooded[1...3] + [flood("4,000,000 flows", Frames(flows: 4_000_000))]

    private static let flooded = [
        flood("1 flow", Frames(flows: 1)),
        flood("1,000 flows", Frames(flows: 1000)),
        flood("100,000 flows", Frames(flows: 100_000)),
        flood("1,000,000 flows", Frames(flows: 1_000_000)),
        flood("1,400 bytes", Frames(flows: 1000, size: 1400)),
        flood("IPv6", Frames(flows: 1000, isIPv6: true)),
        flood("new UDP flows", Frames(flows: nil)),
        flood("new TCP flows", Frames(flows: nil, isTCP: true)),
        flood(
            "established meanwhile", Frames(flows: nil, isTCP: true, established: 1000)),
    ]

    private static let overTCP = [
        Scenario("wrk keep-alive", .keepAlive), Scenario("wrk connections", .connections),
        Scenario("iperf3 upload", .upload), Scenario("iperf3 download", .download),
    ]

    private static func atRate(_ rate: Int) -> Scenario {
        Scenario("at \(rate / 1000),000/s", .frames(Frames(flows: 1000, rate: rate)))
    }
}
