// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import DataPlane
import LVSModel

/// What became of a frame of the capture.
struct ReplayedFrame {
    /// From 1, as Wireshark counts.
    var number: UInt64
    /// Since the capture's first frame; below 0 where timestamps go back.
    var milliseconds: Int64
    var outcome: FrameOutcome
    /// The one that was picked, if any.
    var realServer: RealServer?

    struct RealServer {
        var service: ServiceAddress
        var address: IPAddress

        init(_ service: ServiceAddress, _ address: IPAddress) {
            self.service = service
            self.address = address
        }
    }
}

/// A whole replay in figures.
struct ReplayTotals {
    var frames: UInt64
    /// From the first frame to the last.
    var milliseconds: Int64
    var counters: DataPlaneCounters
    var services: ServicesMessage

    init(
        frames: UInt64, milliseconds: Int64, counters: DataPlaneCounters, table: ForwardingTable,
        network: ReplayedNetwork
    ) {
        self.frames = frames
        self.milliseconds = milliseconds
        self.counters = counters
        services = ServicesMessage(
            table.services.map { service in
                ServiceStatus(
                    address: service.address, scheduler: service.scheduler,
                    persistence: service.persistence, onePacket: service.onePacket,
                    onDown: service.onDown, arp: service.arp,
                    traffic: counters.services[service.index] ?? Traffic(),
                    realServers: service.realServers.map {
                        RealServerStatus($0, counters.realServers[$0.index], network)
                    })
            })
    }
}

extension RealServerStatus {
    fileprivate init(
        _ real: ForwardingTable.Real, _ counters: DataPlaneCounters.RealCounters?,
        _ network: ReplayedNetwork
    ) {
        let mac = network.realServers[real.address]
        let reason = mac == nil ? "no MAC address" : "its MAC address is the director's own"
        self.init(
            address: real.address, weight: real.weight, upperThreshold: real.upperThreshold,
            lowerThreshold: real.lowerThreshold, administrativeState: .enabled,
            health: real.link == nil ? .down : .up, reason: real.link == nil ? reason : nil,
            mac: mac, egress: nil, traffic: counters?.traffic ?? Traffic(),
            flows: counters?.flows ?? FlowCounts())
    }
}

/// What `lvsdr replay` prints for eyes.
enum ReplayText {
    /// Room for the longest reason.
    private static let reasonWidth = 22

    static let title = line("frame", "time", "verdict", "reason", "real server")

    /// One line, in columns that fit ten million frames and a day.
    static func line(of frame: ReplayedFrame) -> String {
        let real = frame.realServer.map { "\($0.address.beforePort):\($0.service.ports)" }
        return line(
            "\(frame.number)", seconds(frame.milliseconds), frame.outcome.verdict.rawValue,
            frame.outcome.reason, real ?? "")
    }

    /// A blank line, the figures of the services, and those of the exits.
    static func lines(of totals: ReplayTotals, width: Int) -> [String] {
        let services = totals.services.services
        let time = seconds(totals.milliseconds)
        let sent = totals.counters.framesSent
        return [
            "",
            "\(Figures.plural(totals.frames, "frame")) in \(time) s, "
                + "\(Figures.plural(sent, "frame")) sent.",
            "",
        ]
            + (services.isEmpty
                ? ["No virtual services."]
                : StatsTable.totals(services).lines(within: width).map(\.text))
            + [""] + exits(totals.counters.exits)
    }

    private static func exits(_ exits: [ExitCount]) -> [String] {
        var table = Table(columns: [.init(), .init(), .init(alignment: .right)])
        for exit in exits where exit.frames > 0 {
            table.add(["  \(exit.verdict.rawValue)", exit.reason, Figures.grouped(exit.frames)])
        }
        return table.rows.isEmpty
            ? ["The capture is empty."] : ["Frames by verdict and reason:"] + table.lines
    }

    /// With three places: `1.136`.
    static func seconds(_ milliseconds: Int64) -> String {
        let (whole, rest) = milliseconds.magnitude.quotientAndRemainder(dividingBy: 1_000)
        return "\(milliseconds < 0 ? "-" : "")\(whole).\("\(rest + 1_000)".dropFirst())"
    }

    private static func line(
        _ number: String, _ time: String, _ verdict: String, _ reason: String, _ real: String
    ) -> String {
        var line = padded(number, 8, onLeft: true) + "  " + padded(time, 9, onLeft: true)
        line += "  " + padded(verdict, 7)
        line += "  " + (real.isEmpty ? reason : padded(reason, reasonWidth) + "  " + real)
        return line
    }

    private static func padded(_ text: String, _ width: Int, onLeft: Bool = false) -> String {
        let blanks = String(repeating: " ", count: max(0, width - text.utf8.count))
        return onLeft ? blanks + text : text + blanks
    }
}
