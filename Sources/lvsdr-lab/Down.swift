// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Lab

struct Down: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take the network down that `up` brought up.",
        discussion: """
            Ends all that runs in it, also shells, and removes what crashed labs left behind.

            EXAMPLES
              lvsdr-lab down
              lvsdr-lab down --name second
            """)

    @OptionGroup var lab: NameOption

    func run() async throws {
        try await Network.down(lab.name)
        say("The lab is down.")
    }
}
