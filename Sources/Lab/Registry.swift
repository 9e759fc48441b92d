// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The labs of this machine. Who makes one or removes one holds the lock of the folder of all.
enum Registry {
    /// Holds the folders of all labs; it is there only while there are some.
    static let root = "/run/lvsdr-lab"

    /// Removes what crashed labs left, then takes the name for a new lab of this process.
    static func claim(
        _ name: LabName, for hosts: [HostName]
    ) async throws(LabError) -> FileLock {
        try await locked { () throws(LabError) in
            try await sweep()
            let folder = LabFolder(name: name)
            guard !folder.exists else {
                throw .inUse(name, owner: folder.isKept ? nil : folder.state()?.process)
            }
            for namespace in hosts.map(name.namespace) where Namespace.exists(namespace) {
                throw .foreignNamespace(namespace)
            }
            return try folder.create(for: hosts)
        }
    }

    /// Removes a lab that was brought up to stay.
    static func remove(_ name: LabName) async throws(LabError) {
        try await locked { () throws(LabError) in
            try await sweep()
            let folder = LabFolder(name: name)
            guard folder.exists else { throw .notUp(name) }
            try await remove(folder)
        }
    }

    /// Removes a lab of this process when its processes have ended, also where the task is cancelled.
    static func release(
        _ folder: LabFolder, ending processes: [RunningProcess]
    ) async throws(LabError) {
        try await uncancelled { () throws(LabError) in
            for process in processes {
                await process.terminate()
            }
            try await Namespace.remove(folder.namespaces, of: folder.name)
            try await locked { () throws(LabError) in
                try await folder.remove()
            }
        }
    }

    /// Removes the labs whose process is gone without having removed them.
    private static func sweep() async throws(LabError) {
        for name in Files.list(root).compactMap(LabName.init) {
            let folder = LabFolder(name: name)
            if folder.isKept { continue }
            if try folder.isOwned { continue }
            try await remove(folder)
        }
    }

    private static func remove(_ folder: LabFolder) async throws(LabError) {
        guard try !folder.isOwned else {
            throw .inUse(folder.name, owner: folder.state()?.process)
        }
        try await Namespace.remove(folder.namespaces, of: folder.name)
        try await folder.remove()
    }

    /// Holds the root's lock while `body` runs; the root is made before and, where nothing is left
    /// in it, removed after.
    private static func locked<Value: ~Copyable>(
        _ body: () async throws(LabError) -> Value
    ) async throws(LabError) -> Value {
        let lock = try await lockRoot()
        defer { lock.removeFolderIfEmpty() }
        return try await body()
    }

    /// Others hold it while they remove a lab: some seconds at most.
    private static func lockRoot() async throws(LabError) -> FileLock {
        for _ in 0..<3000 {
            if unsafe mkdir(root, 0o755) != 0, errno != EEXIST {
                throw .system(operation: "make \(root)", errno: errno)
            }
            if let lock = try FileLock(root) { return lock }
            do {
                try await Task.sleep(for: .milliseconds(10))
            } catch {
                throw .cancelled
            }
        }
        throw .timedOut(waitingFor: "the lock of \(root)", after: .seconds(30), log: nil)
    }
}
