// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// Writes settings as the configuration file has them.
public enum ConfigurationText {
    /// YAML that `ConfigurationFile.parse` reads as the same settings, provided that they are such
    /// as it accepts. What is as it would be anyway is left out; there are no comments, and the text
    /// ends in a line break. Takes time and memory as the settings are long.
    public static func write(_ settings: DirectorSettings) -> String {
        let isHosts = !settings.services.isEmpty && settings.services.allSatisfy { $0.arp == .host }
        let arp = isHosts ? ARPMode.host : .director
        var text = ""
        YAMLText.append(settings.keys(arp: arp).pairs, indent: 0, to: &text)
        guard !settings.services.isEmpty else { return text + "services: []\n" }
        text += "\nservices:\n"
        for (index, service) in settings.services.enumerated() {
            if index > 0 { text += "\n" }
            YAMLText.appendItem(service.written(standardARP: arp), indent: 2, to: &text)
        }
        return text
    }
}

extension DirectorSettings {
    /// All but the services.
    fileprivate func keys(arp: ARPMode) -> WrittenMapping {
        let standard = DirectorSettings(interface: interface)
        var keys = WrittenMapping()
        keys.add("interface", .text(interface))
        keys.add("arp", arp, unless: .director, Written.word)
        keys.add("source-mac", sourceMAC, unless: standard.sourceMAC, Written.word)
        keys.add("port", port, unless: standard.port, Written.word)
        keys.add("acceleration", acceleration, unless: standard.acceleration, Written.word)
        keys.add("flow-capacity", flowCapacity, unless: standard.flowCapacity, Written.count)
        keys.add("workers", workers, Written.count)
        if answers != standard.answers {
            keys.add("no-flow", answers.noFlow, unless: standard.answers.noFlow, Written.word)
            keys.add(
                "no-real-server", answers.noRealServer, unless: standard.answers.noRealServer,
                Written.word)
            keys.add(
                "answers-per-second", answers.perSecond, unless: standard.answers.perSecond,
                Written.count)
        }
        keys.add("check-limit", checkLimit, unless: standard.checkLimit, Written.count)
        keys.add("start", start, unless: standard.start, Written.word)
        keys.add("peers", peers, unless: standard.peers, Written.peers)
        keys.add("metrics", metrics) { .text("\($0)") }
        keys.add("runtime-directory", runtimeDirectory, unless: standard.runtimeDirectory) {
            .text($0)
        }
        keys.add("timeouts", timeouts, unless: standard.timeouts) { $0.keys(all: false).written }
        return keys
    }
}

extension FlowTimeouts {
    /// - Parameter all: with those that are as they would be anyway.
    func keys(all: Bool) -> WrittenMapping {
        let standard = FlowTimeouts()
        var keys = WrittenMapping()
        if all || tcp != standard.tcp { keys.add("tcp", Written.seconds(tcp)) }
        if all || tcpFin != standard.tcpFin { keys.add("tcp-fin", Written.seconds(tcpFin)) }
        if all || udp != standard.udp { keys.add("udp", Written.seconds(udp)) }
        return keys
    }
}
