// SPDX-License-Identifier: Apache-2.0

/// nfs-ganesha on the lab's NFS server: NFS version 4 alone, which needs no port mapper.
extension Network {
    /// Exports a folder for each real server, `/web1` and so on, whose `index.html` says what it
    /// answers; returns when the server reads them out.
    public func startNFSServer() async throws(LabError) {
        let folder = folder(of: .nfs)
        try Files.makeFolder("\(folder)/recovery")
        try Files.makeFolder("\(folder)/exports")
        for host in topology.webHosts {
            try Files.makeFolder("\(folder)/\(host.name)")
            try Files.write(
                (topology.answer(of: host.name) ?? "") + "\n",
                to: "\(folder)/\(host.name)/index.html")
        }
        try Files.write(configuration(folder), to: "\(folder)/ganesha.conf")
        let server = try await start(
            on: .nfs,
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", command(folder)],
            label: "ganesha")
        try await waitUntilRead(server, folder)
    }

    private nonisolated func waitUntilRead(
        _ server: RunningProcess, _ folder: String
    ) async throws(LabError) {
        let timeout = Duration.seconds(20)
        let serves = try await eventually(within: timeout, every: .milliseconds(200)) {
            () throws(LabError) in
            if let status = server.status {
                throw .ended(process: "ganesha.nfsd", status: status, log: log(folder))
            }
            let words = ["nfs-cat", nfsAddress(of: .web(1), file: "index.html")]
            return try await run(on: .nfs, words).status.isSuccess
        }
        guard serves else {
            throw .timedOut(waitingFor: "ganesha.nfsd", after: timeout, log: log(folder))
        }
    }

    /// It names files by handles, which the file system below the lab may not have: what it exports
    /// stands in memory, in a mount namespace of its own.
    private nonisolated func command(_ folder: String) -> String {
        let folders = topology.webHosts.map { "\(folder)/\($0.name)" }.joined(separator: " ")
        return """
            mount -t tmpfs lvsdr-lab \(folder)/exports && cp -r \(folders) \(folder)/exports && \
            exec ganesha.nfsd -F -f \(folder)/ganesha.conf -L \(folder)/ganesha.log \
            -p \(folder)/ganesha.pid
            """
    }

    /// As libnfs' tools take it.
    public nonisolated func nfsAddress(of host: HostName, file: String) -> String {
        "nfs://\(topology[.nfs].address)/\(host)/\(file)?version=4"
    }

    private nonisolated func log(_ folder: String) -> String {
        (try? Files.readEnd(of: "\(folder)/ganesha.log", limit: 4_096)) ?? ""
    }

    private nonisolated func configuration(_ folder: String) -> String {
        let exports = topology.webHosts.enumerated().map { index, host in
            """
            EXPORT {
                Export_Id = \(index + 1);
                Path = \(folder)/exports/\(host.name);
                Pseudo = /\(host.name);
                Access_Type = RW;
                Squash = No_Root_Squash;
                SecType = sys;
                FSAL { Name = VFS; }
            }

            """
        }
        return """
            NFS_CORE_PARAM { Protocols = 4; Enable_NLM = false; Enable_RQUOTA = false; }
            NFSv4 { RecoveryRoot = "\(folder)/recovery"; Graceless = true; Minor_Versions = 0, 1, 2; }

            """ + exports.joined()
    }
}
