// SPDX-License-Identifier: Apache-2.0

/// What a lvsdrd costs with its services and the flows that were sent through it.
public struct Cost: Hashable, Sendable {
    public var contender: String
    public var services: Int
    /// Entries, in all services.
    public var realServers: Int
    /// The process's own memory, resident; without the flow table.
    public var ownBytes: Double
    /// Of the flow table, used or not, in a file or in the kernel.
    public var flowTableBytes: Double
    /// Of the other in-kernel maps.
    public var mapBytes: Double
    /// From the start until all real servers are up, neighbours resolved.
    public var startSeconds: Double
    /// Of a forwarding table in which one weight is another.
    public var publicationSeconds: Double
    /// From the question over the control socket for that to its answer.
    public var changeSeconds: Double
    /// Of the whole configuration file, in which one weight is another than the one in force.
    public var reloadSeconds: Double
}

extension Cost {
    public static let head = [
        "contender", "real servers", "own MiB", "flows MiB", "maps MiB", "start", "publication",
        "change", "reload",
    ]

    /// A cell for each word of `head`.
    public var row: [String] {
        [contender, "\(realServers)"] + [ownBytes, flowTableBytes, mapBytes].map(Self.mebibytes)
            + [startSeconds, publicationSeconds, changeSeconds, reloadSeconds].map(Self.time)
    }

    private static func mebibytes(_ bytes: Double) -> String {
        ResultTable.decimals(bytes / 0x10_0000, 0)
    }

    private static func time(_ seconds: Double) -> String {
        seconds < 1
            ? ResultTable.decimals(seconds * 1000, seconds < 0.01 ? 1 : 0) + " ms"
            : ResultTable.decimals(seconds, 1) + " s"
    }

    /// One JSON object.
    var json: String {
        """
        {"contender":"\(contender)","services":\(services),"real-servers":\(realServers),\
        "own-bytes":\(ownBytes),"flow-table-bytes":\(flowTableBytes),"map-bytes":\(mapBytes),\
        "start-seconds":\(startSeconds),"publication-seconds":\(publicationSeconds),\
        "change-seconds":\(changeSeconds),"reload-seconds":\(reloadSeconds)}
        """
    }
}
