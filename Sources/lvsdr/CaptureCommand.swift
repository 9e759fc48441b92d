// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlClient
import ControlMessages
import Glibc
import LVSModel

/// `lvsdr capture`.
struct CaptureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture",
        abstract: "See frames as they come to the director and as it sends them, and why.",
        discussion: """
            Without -w: a line for each frame, with its verdict, the reason, and the real server. \
            With -w: a pcapng file, in which each packet bears these words as its comment, and its \
            direction. A frame that is forwarded or answered is in it twice, as it came and as it \
            went; one that is dropped, held or left to the host's kernel, once.

            It ends at its count, at its time, or with Ctrl-C; the file is whole in each case. The \
            director never waits for a capture: frames for which there is no room are forwarded, \
            but not captured, and counted. One capture runs at a time.

            Frames are those that the director gets to see: what is for a VIP. Large ones may be \
            super-frames that the network card or the kernel put together, and of checksums that a \
            virtual network card left undone, half is there; tcpdump shows the same.

            Exit status: 0 when it ended as asked; 1 when the director could not be asked, refused, \
            or broke off; 64 when the command was not understood; 73 when the file can not be made, \
            74 when it can not be written to.

            EXAMPLES
              lvsdr capture --service 192.168.142.100:80
              lvsdr capture --service 192.168.142.100:53/udp --count 20
              lvsdr capture --real 192.168.142.5 -w web1.pcapng --duration 5m
              lvsdr capture -w - | tshark -r - -T fields -e ip.src -e frame.comment
              lvsdr capture -w all.pcapng
              tshark -r all.pcapng -Y 'frame.comment contains "DROP"'
            """)

    @OptionGroup var director: DirectorSocket

    @Option(
        help: ArgumentHelp(
            "Frames for this virtual service alone; TCP unless /udp stands behind it.",
            valueName: "vip:port[/udp]"),
        transform: CaptureCommand.service)
    var service: ServiceAddress?

    @Option(
        help: ArgumentHelp("Frames that go to this real server alone.", valueName: "rip"),
        transform: CaptureCommand.realServer)
    var real: IPAddress?

    @Option(
        name: [.customShort("w"), .customLong("write")],
        help: ArgumentHelp(
            "Write a pcapng file; - for standard output.", valueName: "file"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "End after so many frames, at most \(CaptureRequest.counts.upperBound).",
            valueName: "frames"))
    var count = CaptureRequest().count

    @Option(
        help: ArgumentHelp(
            "End after this time: seconds, or such as 30s, 5m, 2h; at most 24h.",
            valueName: "time"))
    var duration = CaptureDuration(seconds: CaptureRequest().duration)

    @Option(
        help: ArgumentHelp(
            """
            Bytes to keep of each packet, \(CaptureRequest.snapLengths.lowerBound) to \
            \(CaptureRequest.snapLengths.upperBound).
            """,
            valueName: "bytes"))
    var snapLength = CaptureRequest().snapLength

    private static func service(_ text: String) throws -> ServiceAddress {
        guard let service = ServiceAddress(endpoint: text) else {
            throw ValidationError("expected such as 192.168.142.100:80 or 192.168.142.100:53/udp")
        }
        return service
    }

    private static func realServer(_ text: String) throws -> IPAddress {
        guard let address = IPAddress(text) else {
            throw ValidationError("expected an IP address such as 192.168.142.5")
        }
        return address
    }

    func validate() throws {
        let bounds = [
            ("--count", count, CaptureRequest.counts),
            ("--duration", duration.seconds, CaptureRequest.durations),
            ("--snap-length", snapLength, CaptureRequest.snapLengths),
        ]
        for (name, value, range) in bounds where !range.contains(value) {
            throw ValidationError(
                "\(name) is \(value); possible are \(range.lowerBound) to \(range.upperBound).")
        }
        if output == "-", isatty(STDOUT_FILENO) == 1 {
            throw ValidationError(
                "Standard output is a terminal, and a pcapng file is nothing for eyes: leave -w - "
                    + "out, or pipe it into another program.")
        }
    }

    func run() throws {
        let request = CaptureRequest(
            service: service, realServer: real, count: count, duration: duration.seconds,
            snapLength: snapLength)
        let receiver = CaptureReceiver(output: output)
        let interruption = try Interruption()
        defer { receiver.conclude() }
        _ = try director.ask { client throws(ControlClientError) in
            try client.capture(
                request, stopDescriptor: interruption.descriptor, receive: receiver.receive)
        }
        receiver.finish()
        if let failure = receiver.failure {
            Terminal.write("lvsdr: \(failure.message)\n", to: STDERR_FILENO)
            throw ExitCode(failure.status)
        }
    }
}

/// Whole seconds, as `30`, `30s`, `5m` or `2h`.
struct CaptureDuration: ExpressibleByArgument, CustomStringConvertible {
    let seconds: Int

    init(seconds: Int) {
        self.seconds = seconds
    }

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600]
        let unit = argument.last.flatMap { units[$0] }
        let digits = unit == nil ? argument[...] : argument.dropLast()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(digits)
        else { return nil }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        guard !overflow else { return nil }
        self.seconds = seconds
    }

    var description: String { "\(seconds)s" }
}
