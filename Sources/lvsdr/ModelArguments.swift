// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import LVSModel

// The model's values as arguments.

extension ServiceAddress: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(name: argument)
    }

    /// Those of the running director.
    public static var defaultCompletionKind: CompletionKind {
        .custom { _, _, _ in Completion.services }
    }
}

extension IPAddress: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }

    /// The real servers (RIPs) of the running director.
    public static var defaultCompletionKind: CompletionKind {
        .custom { _, _, _ in Completion.realServers }
    }
}

extension FlowFilter.Clients: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }
}

extension TransportProtocol: ExpressibleByArgument {}
extension FlowState: ExpressibleByArgument {}
extension Scheduler: ExpressibleByArgument {}
extension SchedulerFlag: ExpressibleByArgument {}
extension OnDownPolicy: ExpressibleByArgument {}
extension ARPMode: ExpressibleByArgument {}
extension LogLevel: ExpressibleByArgument {}
