// SPDX-License-Identifier: Apache-2.0

extension Network {
    /// Makes what the topology describes. The files that say how stay in the lab's folder, to be
    /// read.
    nonisolated func build() async throws(LabError) {
        let hosts = topology.hosts
        try Files.write(topology.text, to: folder.topologyPath)
        let namespaces = (hosts.map(\.name) + [.switch]).map(name.namespace)
        try await batch(namespaces.map { "netns add \($0)" }, file: "\(folder.path)/namespaces.ip")
        for host in hosts {
            try await set(host.kernelSettings, on: host.name)
        }
        try await set(Topology.switchKernelSettings, on: .switch)
        try await batch(topology.switchCommands(in: name), on: .switch)
        for host in hosts {
            try await batch(host.linkCommands, on: host.name)
        }
        if topology.xdp { try await prepareForXDP() }
    }

    private nonisolated func prepareForXDP() async throws(LabError) {
        for host in [topology.client] + (topology.outside ? [topology.visitor] : []) {
            try await setFeature("tx", of: "eth0", on: host.name, to: false)
        }
        for director in topology.directorHosts {
            for interface in director.interfaces {
                try await setFeature("rxvlan", of: interface.name, on: director.name, to: false)
                // A cable takes redirected frames where its other end polls for them.
                try await setFeature(
                    "gro", of: "\(director.name)-\(interface.name)", on: .switch, to: true)
            }
        }
    }

    private nonisolated func setFeature(
        _ feature: String, of interface: String, on host: HostName, to isOn: Bool
    ) async throws(LabError) {
        let line = ["ethtool", "-K", interface, feature, isOn ? "on" : "off"]
        try await Command.succeed(words(on: host, line))
    }

    private nonisolated func batch(_ lines: [String], on host: HostName) async throws(LabError) {
        try await batch(
            lines, file: "\(folder(of: host))/links.ip",
            options: ["-netns", name.namespace(of: host)])
    }

    private nonisolated func batch(
        _ lines: [String], file: String, options: [String] = []
    ) async throws(LabError) {
        try Files.write(lines.map { $0 + "\n" }.joined(), to: file)
        try await Command.succeed(["ip"] + options + ["-batch", file], within: .seconds(30))
    }

    /// Settings that this kernel does not have are left out.
    private nonisolated func set(
        _ settings: [String], on host: HostName
    ) async throws(LabError) {
        let file = "\(folder(of: host))/sysctl.conf"
        try Files.write(settings.map { $0 + "\n" }.joined(), to: file)
        try await Command.succeed(words(on: host, ["sysctl", "-q", "-e", "-p", file]))
    }
}
