// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Lab

struct Break: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a fault on a real server, or list the faults.",
        discussion: """
            What goes wrong in clusters with direct routing, to see what it does and who notices. \
            `heal` takes it away again.

            EXAMPLES
              lvsdr-lab break                      which faults there are
              lvsdr-lab break arp-ignore web1      web1 answers ARP for the VIP
              lvsdr-lab break hang-web web2        web2 accepts, and does not answer
            """)

    @OptionGroup var lab: NameOption

    @Argument(help: "The fault.", completion: .list(Fault.allCases.map(\.rawValue)))
    var fault: Fault?

    @Argument(help: "The real server: web1, web2 and so on.")
    var host: String = "web1"

    func run() async throws {
        guard let fault else {
            say(table(Fault.allCases.map { [$0.rawValue, $0.sentence] }))
            return
        }
        let made = MadeFault(fault, on: try realServer(host))
        try await Faults(in: lab.name).make(made)
        say("\(made.host): \(fault.sentence). It is healed by: \(healing(made))")
    }

    private func healing(_ made: MadeFault) -> String {
        let option = lab.name == .byHand ? "" : " --name \(lab.name)"
        return "lvsdr-lab heal\(option) \(made)"
    }
}

struct Heal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take faults away that `break` made.",
        discussion: """
            EXAMPLES
              lvsdr-lab heal                       all of them
              lvsdr-lab heal arp-ignore web1       this one, also where it was mended by hand
            """)

    @OptionGroup var lab: NameOption

    @Argument(
        help: "The fault; all if not given.", completion: .list(Fault.allCases.map(\.rawValue)))
    var fault: Fault?

    @Argument(help: "The real server: web1, web2 and so on.")
    var host: String = "web1"

    func run() async throws {
        let faults = try Faults(in: lab.name)
        let chosen = try fault.map { [MadeFault($0, on: try realServer(host))] } ?? faults.made
        for made in chosen {
            try await faults.heal(made)
            say("\(made) is healed.")
        }
        if chosen.isEmpty { say("Nothing is broken.") }
    }
}

private func realServer(_ text: String) throws -> HostName {
    guard let host = HostName(realServer: text) else {
        throw ValidationError("'\(text)' is no real server; expected web1, web2 and so on")
    }
    return host
}
