// SPDX-License-Identifier: Apache-2.0

public import LVSModel

extension ServicesMessage {
    /// What `json` writes in pieces, one for each service, each made when it is asked for.
    public static func pieces(of services: [ServiceStatus]) -> some Sequence<[UInt8]> {
        (-1...services.count).lazy.map { position in
            switch position {
            case -1: Array(head.utf8)
            case services.count: Array(tail.utf8)
            default:
                Array((position == 0 ? "" : ",").utf8) + ServiceMessage(services[position]).text
            }
        }
    }

    private static let head = #"{"services":["#
    private static let tail = "]}\n"

    public func json() throws(ControlMessageError) -> [UInt8] {
        var text = Array(Self.head.utf8)
        for (index, service) in services.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text += service.text
        }
        return text + Self.tail.utf8
    }
}

extension ServiceMessage {
    /// As JSON, keys in alphabetical order.
    var text: [UInt8] {
        var writer = MessageWriter()
        writer.object { writer in
            writer.add("activeFlows", activeFlows)
            writer.add("address", address)
            writer.add("arp", arp)
            writer.add("atFloor", atFloor)
            writer.add("bytes", bytes)
            writer.add("connections", connections)
            writer.add("inactiveFlows", inactiveFlows)
            writer.add("onDown", onDown)
            writer.add("onePacket", onePacket)
            writer.add("packets", packets)
            writer.add("persistence", persistence)
            writer.add("persistenceMask", persistenceMask)
            writer.add("persistentFlows", persistentFlows)
            writer.add("port", port)
            writer.add("ports", ports)
            writer.add("protocol", `protocol`)
            rates.write(to: &writer)
            writer.list("realServers", realServers) { $0.write(to: &$1) }
            writer.add("scheduler", scheduler)
            writer.list("schedulerFlags", schedulerFlags) { $1.add($0) }
            writer.add("sorry", sorry)
        }
        return writer.text
    }
}

extension RealServerMessage {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.object { writer in
            writer.add("activeFlows", activeFlows)
            writer.add("address", address)
            writer.add("administrativeState", administrativeState)
            writer.add("bytes", bytes)
            if let check { check.write(to: &writer) } else { writer.addNull("check") }
            writer.add("connections", connections)
            writer.add("drainEnd", drainEnd)
            writer.add("effectiveWeight", effectiveWeight)
            writer.add("health", health)
            writer.add("inactiveFlows", inactiveFlows)
            writer.add("interface", interface)
            writer.add("lowerThreshold", lowerThreshold)
            writer.add("mac", mac)
            writer.add("packets", packets)
            writer.add("persistentFlows", persistentFlows)
            writer.add("port", port)
            rates.write(to: &writer)
            writer.add("reason", reason)
            writer.add("upperThreshold", upperThreshold)
            writer.add("weight", weight)
        }
    }
}

extension CheckMessage {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.object("check") { writer in
            writer.add("against", against)
            writer.add("failed", failed)
            writer.add("kind", kind)
            writer.add("lastDuration", lastDuration)
            writer.add("lastFailure", lastFailure)
            writer.add("needed", needed)
            writer.add("passed", passed)
        }
    }
}

extension RatesMessage {
    fileprivate func write(to writer: inout MessageWriter) {
        writer.object("rates") { writer in
            write("minute", minute, to: &writer)
            write("second", second, to: &writer)
            write("tenSeconds", tenSeconds, to: &writer)
        }
    }

    private func write(_ key: StaticString, _ rate: RateMessage?, to writer: inout MessageWriter) {
        guard let rate else { return writer.addNull(key) }
        writer.object(key) { writer in
            writer.add("bytes", rate.bytes)
            writer.add("connections", rate.connections)
            writer.add("packets", rate.packets)
        }
    }
}
