// SPDX-License-Identifier: Apache-2.0

import IPVSCompatibility
import LVSModel

/// Fuzzes the reading of what `ipvsadm-save` prints. What is accepted can be written, read again and
/// published; what is refused is refused in lines that say where.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe UnsafeBufferPointer(start: start, count: count)
    guard let text = unsafe FuzzedText.make(from: input.span) else { return 0 }
    do {
        let services = try IPVSRules.parse(text, file: "rules")
        require(try IPVSRules.parse(rules(of: services), file: "rules") == services)
        requirePublishable(DirectorSettings(interface: "eth0", services: services))
    } catch {
        require((1...20).contains(error.errors.count) && error.omitted >= 0)
        for error in error.errors {
            Refusal(line: error.line, column: error.column, description: error.description)
                .check(in: text)
        }
    }
    return 0
}

/// As `ipvsadm -S -n` writes them, with the thresholds that it leaves out.
private func rules(of services: [VirtualService]) -> String {
    services.map { service in
        let name = name(of: service.address)
        return "-A \(name) \(options(of: service))\n"
            + service.realServers.map { real in
                "-a \(name) -r \(real.address.beforePort) -g -w \(real.weight) "
                    + "-x \(real.upperThreshold) -y \(real.lowerThreshold)\n"
            }
            .joined()
    }
    .joined()
}

private func name(of address: ServiceAddress) -> String {
    let option = address.transport == .tcp ? "-t" : "-u"
    return "\(option) \(address.address.beforePort):\(address.ports.first)"
}

private func options(of service: VirtualService) -> String {
    var options = ["-s \(service.scheduler.rawValue)"]
    if !service.schedulerFlags.isEmpty {
        options.append("-b " + service.schedulerFlags.map(\.rawValue).joined(separator: ","))
    }
    if let persistence = service.persistence {
        options.append("-p \(persistence.timeout) -M \(mask(persistence, service.address.address))")
    }
    if service.onePacket { options.append("-o") }
    return options.joined(separator: " ")
}

private func mask(_ persistence: Persistence, _ vip: IPAddress) -> String {
    let length = persistence.prefixLength
    if vip.family == .ipv6 { return "\(length)" }
    let mask = UInt32.max << (32 - UInt32(length))
    return [24, 16, 8, 0].map { "\(mask >> $0 & 0xFF)" }.joined(separator: ".")
}
