// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// Whom one check asks, and for how long.
public struct ProbeQuestion: Hashable, Sendable {
    /// The service that the real server is checked for; its address is the VIP.
    public var service: ServiceAddress
    /// The RIP: where sockets connect to.
    public var realServer: IPAddress
    /// 1...65,535, host byte order; 0 where the kind of check has none.
    public var port: UInt16
    /// SO_MARK of the sockets: it names the VIP, which the packets then go to (`via: vip`); nil: they
    /// go to the real server's own address.
    public var mark: UInt32?
    /// For the whole check.
    public var timeout: Duration

    public init(
        service: ServiceAddress, realServer: IPAddress, port: UInt16, mark: UInt32?,
        timeout: Duration
    ) {
        self.service = service
        self.realServer = realServer
        self.port = port
        self.mark = mark
        self.timeout = timeout
    }
}

extension ProbeQuestion {
    /// Such as `no answer in 2 s`, of somebody who is there.
    var silence: CheckOutcome { .failed(silenceWords) }

    /// The same, where nobody is heard at all.
    var absence: CheckOutcome { .unanswered(silenceWords) }

    private var silenceWords: String {
        let milliseconds = timeout.milliseconds
        let text =
            milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000) s" : "\(milliseconds) ms"
        return "no answer in \(text)"
    }
}

extension Duration {
    /// Cut off.
    var milliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }

    var microseconds: UInt64 {
        UInt64(max(0, components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000))
    }
}
