// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Who takes the frames of an interface, as /proc/net/packet and the processes' descriptors tell.
enum PacketSocketReading {
    /// A line of /proc/net/packet.
    struct Line: Hashable {
        /// ETH_P_ALL is 3, host byte order.
        var protocolNumber: UInt16
        /// 0: of all interfaces.
        var interface: Int32
        var inode: UInt64
    }

    private static let allProtocols: UInt16 = 3

    /// Those that see all frames of the interface, without this process's own; nil where the kernel
    /// does not tell.
    static func sockets(on interface: Int32) -> [PacketSocket]? {
        guard let text = ProcFile.text("/proc/self/net/packet") else { return nil }
        let inodes = lines(text).filter {
            $0.protocolNumber == allProtocols && [0, interface].contains($0.interface)
        }.map(\.inode)
        guard !inodes.isEmpty else { return [] }
        let owners = owners(of: Set(inodes))
        return inodes.map { PacketSocket(owner: owners[$0]) }.filter { $0.owner?.pid != getpid() }
    }

    /// Columns: sk, RefCnt, Type, Proto (hexadecimal), Iface, R, Rmem, User, Inode.
    static func lines(_ text: String) -> [Line] {
        text.split(separator: "\n").compactMap { line in
            let columns = line.split(separator: " ")
            guard columns.count >= 9, let number = UInt16(columns[3], radix: 16),
                let interface = Int32(columns[4]), let inode = UInt64(columns[8])
            else { return nil }
            return Line(protocolNumber: number, interface: interface, inode: inode)
        }
    }

    private static func owners(of inodes: Set<UInt64>) -> [UInt64: PacketSocket.Owner] {
        var owners: [UInt64: PacketSocket.Owner] = [:]
        for pid in ProcFile.names(in: "/proc").compactMap({ Int32($0) }) {
            for name in ProcFile.names(in: "/proc/\(pid)/fd") {
                guard let inode = inode(ProcFile.link("/proc/\(pid)/fd/\(name)")),
                    inodes.contains(inode), owners[inode] == nil
                else { continue }
                let program = ProcFile.text("/proc/\(pid)/comm") ?? "?"
                owners[inode] = PacketSocket.Owner(
                    pid: pid, program: String(program.prefix { $0 != "\n" }))
            }
            if owners.count == inodes.count { break }
        }
        return owners
    }

    /// Of `socket:[12345]`.
    private static func inode(_ link: String?) -> UInt64? {
        guard let link, link.hasPrefix("socket:["), link.hasSuffix("]") else { return nil }
        return UInt64(link.dropFirst(8).dropLast())
    }
}

/// Small files and folders of /proc.
enum ProcFile {
    private static let longest = 1 << 20

    /// nil where it can not be read.
    static func text(_ path: String) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < longest {
            let count = unsafe read(file, &piece, piece.count)
            guard count > 0 else { break }
            bytes += piece.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// None where the folder can not be read.
    static func names(in folder: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    static func link(_ path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: 256)
        let count = unsafe readlink(path, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
