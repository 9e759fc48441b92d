// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlClient
import ControlMessages
import LVSConfiguration
import LVSModel

/// A command that is one change of the running director; it returns when that is in force.
protocol ChangeCommand: ParsableCommand {
    var director: DirectorOptions { get }
    var change: Change { get }
}

extension ChangeCommand {
    func run() throws {
        let text = ChangesText.write([change])
        let message = try director.ask { client throws(ControlClientError) in
            try client.change(text)
        }
        try director.show(message) {
            "\($0.changes) change\($0.changes == 1 ? "" : "s") in force"
        }
    }
}

extension DirectorOptions {
    /// The director's answer, for people or as JSON.
    func show<Message: ControlMessage>(
        _ message: Message, _ text: (Message) -> String
    ) throws(ExitCode) {
        guard json else {
            Terminal.write(text(message) + "\n")
            return
        }
        do {
            Terminal.write(try message.json())
        } catch {
            throw ExitCode(1)
        }
    }
}

/// A time in words, such as `90`, `90s`, `15m` or `2h`.
struct TimeArgument: ExpressibleByArgument {
    let seconds: UInt32

    init?(argument: String) {
        let units: [Character: UInt32] = ["s": 1, "m": 60, "h": 3_600]
        let unit = argument.last.flatMap { units[$0] }
        let digits = unit == nil ? argument[...] : argument.dropLast()
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = UInt32(digits)
        else { return nil }
        let (seconds, isOver) = count.multipliedReportingOverflow(by: unit ?? 1)
        guard !isOver else { return nil }
        self.seconds = seconds
    }
}

/// Names a real server of a service.
struct RealServerArguments: ParsableArguments {
    @Argument(help: "The service: VIP:PORTS, or with /udp behind it.")
    var service: ServiceAddress

    @Argument(help: "The real server's own address (RIP).")
    var address: IPAddress
}
