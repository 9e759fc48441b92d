// SPDX-License-Identifier: Apache-2.0

import DataPlane
import Glibc
import LVSModel

/// A capture's way through the pipeline, and what is told of it on the way.
struct ReplayRun {
    enum Style {
        case text
        case json
    }

    private let table: ForwardingTable
    private let network: ReplayedNetwork
    private let style: Style
    /// Columns of the terminal.
    private let width: Int
    /// By the real server's index.
    private let realServers: [ReplayedFrame.RealServer]

    /// - Parameter table: what `network` makes of the settings.
    init(table: ForwardingTable, network: ReplayedNetwork, style: Style, width: Int) {
        self.table = table
        self.network = network
        self.style = style
        self.width = width
        realServers = table.services.flatMap { service in
            service.realServers.map { ReplayedFrame.RealServer(service.address, $0.address) }
        }
    }

    /// Prints each frame and the totals on standard output; then says what is wrong with the
    /// capture.
    func replay(input: String, output: String?, flowCapacity: Int) throws(ReplayRefusal) {
        let fault: CaptureFault?
        do {
            let replay = try CaptureReplay(
                input: input, output: output, table: table, flowCapacity: flowCapacity)
            printAll(of: replay)
            fault = replay.fault
        } catch {
            throw ReplayRefusal(error, input: input, output: output)
        }
        if let fault { throw ReplayRefusal(fault) }
    }

    private func line(of frame: ReplayedFrame) -> String {
        switch style {
        case .text: ReplayText.line(of: frame)
        case .json: ReplayJSON.line(of: frame)
        }
    }

    private func printAll(of replay: borrowing CaptureReplay) {
        var printer = ReplayPrinter()
        var progress = ReplayProgress()
        if style == .text { printer.add(ReplayText.title) }
        var start: UInt64?
        var frames: UInt64 = 0
        var time: Int64 = 0
        while case let outcomes = replay.next(), !outcomes.isEmpty {
            let first = start ?? replay.time
            start = first
            time = Int64(bitPattern: replay.time &- first)
            for outcome in outcomes {
                frames += 1
                let frame = ReplayedFrame(
                    number: frames, milliseconds: time, outcome: outcome,
                    realServer: outcome.realServer.map { realServers[Int($0)] })
                printer.add(line(of: frame))
            }
            progress.update(frames: frames, milliseconds: time)
        }
        progress.end()
        let totals = ReplayTotals(
            frames: frames, milliseconds: time, counters: replay.counters(), table: table,
            network: network)
        switch style {
        case .text: ReplayText.lines(of: totals, width: width).forEach { printer.add($0) }
        case .json: printer.add(ReplayJSON.line(of: totals))
        }
        printer.flush()
    }
}

extension ReplayRefusal {
    fileprivate init(_ error: DataPlaneError, input: String, output: String?) {
        switch error.operation.prefix(5) {
        case "read " where error.code == EBADMSG:
            let hint = "tcpdump -i any writes another kind: name the interface there"
            self.init(message: "\(input) is no capture of Ethernet frames (\(hint))", status: 65)
        case "read ":
            self.init(message: "\(error): \(input)", status: 66)
        case "write":
            self.init(message: "\(error): \(output ?? "")", status: 73)
        default:
            self.init(message: "\(error)", status: 71)
        }
    }

    fileprivate init(_ fault: CaptureFault) {
        let status: Int32 =
            switch fault {
            case .torn, .damaged: 65
            case .unreadable, .unwritten: 74
            }
        self.init(message: "\(fault)", status: status)
    }
}

/// Standard output in large pieces: a capture has millions of lines.
struct ReplayPrinter {
    private static let piece = 1 << 16

    private var text = ""

    mutating func add(_ line: String) {
        text += line
        text += "\n"
        if text.utf8.count >= Self.piece { flush() }
    }

    mutating func flush() {
        Terminal.write(text)
        text.removeAll(keepingCapacity: true)
    }
}

/// How far a long replay is: on standard error, where that is a terminal that the frames do not go
/// to themselves.
struct ReplayProgress {
    private let isWanted = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0
    private let clock = ContinuousClock()
    private var due = ContinuousClock.now + .seconds(2)
    private var isShown = false

    mutating func update(frames: UInt64, milliseconds: Int64) {
        guard isWanted, clock.now >= due else { return }
        due = clock.now + .seconds(1)
        isShown = true
        let time = ReplayText.seconds(milliseconds)
        Terminal.write(
            "\r\(Figures.plural(frames, "frame")), \(time) s of the capture", to: STDERR_FILENO)
    }

    /// Takes the line away.
    func end() {
        if isShown { Terminal.write("\r\u{1B}[K", to: STDERR_FILENO) }
    }
}
