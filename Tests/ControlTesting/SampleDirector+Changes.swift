// SPDX-License-Identifier: Apache-2.0

package import ControlMessages
package import ControlServer
package import LVSModel
import Synchronization

/// What of a sample director can be changed, and what it says of it: its answers show what it was
/// asked.
extension SampleDirector {
    /// So many flows; the cursor is the number of the next.
    package static let flowCount: UInt64 = 2_500

    package static func flow(_ number: UInt64) -> Flow {
        let address = FlowAddress(
            client: IPAddress(ipv4: 0x0A00_0000 + UInt32(number)), clientPort: 40_000,
            vip: IPAddress(ipv4: 0xC0A8_8E64), port: 80, transport: .tcp)
        return Flow(
            address: address, state: number.isMultiple(of: 2) ? .established : .finWait,
            realServer: IPAddress(ipv4: 0xC0A8_8E05), expires: UInt32(number % 900))
    }

    /// A piece is half empty, and may be empty: as with a table that is filtered.
    package func flows(
        from cursor: UInt64, matching filter: FlowFilter, atMost count: Int
    ) async -> FlowPage {
        let end = min(cursor + UInt64(count), Self.flowCount)
        let flows = (min(cursor, end)..<end).map(Self.flow).filter {
            filter.state == nil || $0.state == filter.state
        }
        return FlowPage(flows: flows, next: end < Self.flowCount ? end : nil)
    }

    package static let events = (UInt64(1)...3).map(event)

    /// Somebody had the third happen.
    package static func event(_ id: UInt64) -> EventRecord {
        EventRecord(
            id: id, time: 1_700_000_000_000 + id, level: .info, kind: "real-server-up",
            service: web.address, realServer: IPAddress(ipv4: 0xC0A8_8E05),
            author: id == 3 ? .peer(name: "alice", user: 1_000, process: 913) : nil,
            text: "event \(id)")
    }

    package func events(since id: UInt64) async -> [EventRecord] {
        Self.events.filter { $0.id > id }
    }

    /// As many as this director has, each when it is asked for; then none until its reader goes.
    package func followEvents(after id: UInt64) async -> AsyncStream<EventRecord> {
        let next = Mutex(id)
        return AsyncStream { [eventCount] in
            let id = next.withLock { next in
                next += 1
                return next
            }
            if id <= eventCount { return Self.event(id) }
            try? await Task.sleep(for: .seconds(3_600))
            return nil
        }
    }

    package func settings() async -> String { "interface: eth0\nservices: []\n" }

    package func differences() async -> DifferencesMessage {
        DifferencesMessage(changes: ["weight of 192.168.142.5: 1 -> 3"])
    }

    package func change(
        _ body: [UInt8], by author: Author?
    ) async throws(ControlRefusal) -> ChangesMessage {
        bodies.withLock { $0.append(String(decoding: body, as: UTF8.self)) }
        switch String(decoding: body, as: UTF8.self) {
        case "conflict": throw ControlRefusal(.conflict, "there is such a service")
        case "missing": throw ControlRefusal(.notFound, "there is no such service")
        case "places":
            throw ControlRefusal(
                .invalid, "two errors",
                findings: [
                    ProblemMessage.Finding(line: 2, column: 3, detail: "a"),
                    ProblemMessage.Finding(line: nil, column: nil, detail: "b"),
                ])
        case "invalid": throw ControlRefusal(.invalid, "ports overlap")
        case "unreadable": throw ControlRefusal(.unreadable, "changes:1:1: no JSON")
        case "unavailable": throw ControlRefusal(.unavailable, "the director is stopping")
        default: return ChangesMessage(changes: body.count)
        }
    }

    package func reload(
        _ query: ReloadQuery, by author: Author?
    ) async throws(ControlRefusal) -> ReloadMessage {
        ReloadMessage(
            inForce: !query.isCheck, applied: query.isExact ? ["exact"] : [], skipped: [],
            needsRestart: [])
    }

    package func save(by author: Author?) async throws(ControlRefusal) -> SavedMessage {
        SavedMessage(path: "/etc/lvsdr/lvsdr.yaml", former: nil)
    }

    package func zero(
        _ service: ServiceAddress?, by author: Author?
    ) async throws(ControlRefusal) -> DoneMessage {
        DoneMessage(done: service?.name ?? "all")
    }

    package func setRole(
        _ role: Role, by author: Author?
    ) async throws(ControlRefusal) -> DoneMessage {
        self.author.withLock { $0 = author }
        return DoneMessage(done: role.rawValue)
    }

    package var logLevel: LogLevel { level.withLock(\.self) }

    package func setLogLevel(_ level: LogLevel) {
        self.level.withLock { $0 = level }
    }
}
