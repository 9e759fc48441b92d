// SPDX-License-Identifier: Apache-2.0

import LVSConfiguration
import LVSModel

/// Fuzzes the reading of the configuration file. What is accepted can be written, read again and
/// published; what is refused is refused in lines that say where.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe UnsafeBufferPointer(start: start, count: count)
    guard let text = unsafe FuzzedText.make(from: input.span) else { return 0 }
    do {
        let settings = try ConfigurationFile.parse(text, file: "lvsdr.yaml")
        require(try ConfigurationFile.parse(yaml(of: settings), file: "lvsdr.yaml") == settings)
        requirePublishable(settings)
    } catch {
        require((1...20).contains(error.errors.count) && error.omitted >= 0)
        // A line that ends in a carriage return alone is one to YAML, and none to most editors.
        let text = text.replacing("\r\n", with: "\n")
        for error in error.errors {
            guard let place = error.position, !text.contains("\r") else { continue }
            Refusal(line: place.line, column: place.column, description: error.description)
                .check(in: text)
        }
    }
    return 0
}

private func yaml(of settings: DirectorSettings) -> String {
    var lines = [
        "interface: \(quoted(settings.interface))",
        "source-mac: \(settings.sourceMAC.rawValue)",
        "flow-capacity: \(settings.flowCapacity)",
        "no-flow: \(settings.answers.noFlow.rawValue)",
        "no-real-server: \(settings.answers.noRealServer.rawValue)",
        "answers-per-second: \(settings.answers.perSecond)",
        "runtime-directory: \(quoted(settings.runtimeDirectory))",
        "timeouts: { tcp: \(settings.timeouts.tcp), tcp-fin: \(settings.timeouts.tcpFin), "
            + "udp: \(settings.timeouts.udp) }",
    ]
    if let workers = settings.workers { lines.append("workers: \(workers)") }
    lines.append("services: \(settings.services.isEmpty ? "[]" : "")")
    lines += settings.services.flatMap(yaml(of:))
    return lines.joined(separator: "\n")
}

private func yaml(of service: VirtualService) -> [String] {
    let ports = service.address.ports
    let list = ports.description.split(separator: ",").joined(separator: ", ")
    var lines = [
        "  - address: \(quoted(service.address.address.description))",
        "    ports: \(ports.isAny ? "any" : "[\(list)]")",
        "    protocol: \(service.address.transport.rawValue)",
        "    scheduler: \(service.scheduler.rawValue)",
        "    scheduler-flags: [\(service.schedulerFlags.map(\.rawValue).joined(separator: ", "))]",
        "    one-packet: \(service.onePacket)",
        "    on-down: \(service.onDown.rawValue)",
        "    arp: \(service.arp.rawValue)",
    ]
    if let persistence = service.persistence {
        lines.append("    persistence: \(persistence.timeout)s")
        lines.append("    persistence-mask: \(persistence.prefixLength)")
    }
    lines.append("    real-servers: \(service.realServers.isEmpty ? "[]" : "")")
    for real in service.realServers {
        lines.append("      - address: \(quoted(real.address.description))")
        lines.append("        weight: \(real.weight)")
        lines.append("        upper-threshold: \(real.upperThreshold)")
        lines.append("        lower-threshold: \(real.lowerThreshold)")
    }
    return lines
}

/// In single quotes only the quote itself is written twice.
private func quoted(_ text: String) -> String {
    "'\(text.replacing("'", with: "''"))'"
}
