// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// The single writer of desired state: follows the host's network and keeps the forwarding table
/// that is in force equal to the one that should be.
///
/// A table is published whole, when it differs from the one before. Events that come while the
/// director is busy are looked at together. What fails is tried again a second later; until then
/// the table before stays in force.
public actor Director {
    var reconciler: Reconciler
    private var pending = PendingEvents()
    private(set) var isStopping = false
    /// When the next wake-up by time is due; nil when there is none.
    private var alarm: Duration?

    /// The configuration file as it was last loaded.
    var file: DirectorSettings
    var requests = ChangeQueue()
    /// What is wanted and not in force yet.
    var transaction: Transaction?
    var roleRequests = RoleRequests()
    var record: Record
    /// Those that drain, and how many real servers there are, in the settings that are in force.
    var drains: Drains
    var meter = RateMeter()
    var baseline = TrafficBaseline()
    var vipGuard = VIPGuard()
    var listening = Listening()
    /// How long the tables that were taken took in all.
    var publicationTime = Duration.zero
    /// How often a real server's MAC address became another one.
    var macChanges: UInt64 = 0
    /// The last of what happened; it is told to `log` as well, condensed where much happens at once.
    public nonisolated let events = EventLog()

    let plane: any ForwardingPlane
    private let network: any HostNetworkSource
    let health: (any HealthSource)?
    let segment: (any SegmentSource)?
    let timeline: Timeline
    /// What an operator should know of the start.
    let standingProblems: [String]
    /// Milliseconds since 1970.
    let wallClock: @Sendable () -> UInt64
    private let log: @Sendable (DirectorEvent) -> Void
    /// Holds one call at most: whoever hears it looks at everything.
    private let calls: AsyncStream<Void>
    let caller: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - settings: what is wanted at the start, which may have been changed at run time before.
    ///   - file: the configuration file as it was last loaded; nil when that is the settings.
    ///   - keptRealServers: those that flows of an earlier run name; each gets its index again when
    ///     it is wanted, and nobody else gets it while a flow names it.
    ///   - knownHealth: what the checks said in an earlier run, until they say something else.
    ///   - kept: whom floors kept in in that run although their checks failed, and nobody else; nil
    ///     where that is not known.
    ///   - health: checks the real servers; without one those with a check are taken to be up.
    ///   - segment: hears other hosts that claim a VIP; without one nobody is heard.
    ///   - journal: is told what happens, so that a new process can go on with it; nil for none.
    ///   - problems: what stands among the status's problems as long as the director runs.
    ///   - wallClock: milliseconds since 1970.
    /// - Throws: when the settings are beyond what a forwarding table holds.
    public init(
        settings: DirectorSettings, file: DirectorSettings? = nil,
        keptRealServers: [KeptRealServer] = [],
        knownHealth: [CheckedName: HealthReport] = [:],
        kept: [ServiceAddress: [IPAddress]]? = nil, problems: [String] = [],
        plane: some ForwardingPlane, network: some HostNetworkSource,
        health: (any HealthSource)? = nil, segment: (any SegmentSource)? = nil,
        journal: (any Journal)? = nil,
        clock: some Clock<Duration>, wallClock: @escaping @Sendable () -> UInt64,
        log: @escaping @Sendable (DirectorEvent) -> Void
    ) throws(DirectorError) {
        reconciler = try Reconciler(
            settings: settings, keptRealServers: keptRealServers, knownHealth: knownHealth,
            kept: kept)
        self.file = file ?? settings
        record = Record(journal)
        drains = Drains(settings)
        standingProblems = problems
        self.plane = plane
        self.network = network
        self.health = health
        self.segment = segment
        self.wallClock = wallClock
        self.log = log
        timeline = Timeline(clock)
        (calls, caller) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Serves until its task is cancelled, then takes back what it asked the host for. To be called
    /// once.
    ///
    /// - Throws: when the first reading of the host's network fails or shows no ingress interface,
    ///   and when the network's events end.
    public func run() async throws(DirectorError) {
        // Subscribed before the reading, so that no change falls between the two.
        let changes = network.events
        do {
            try await read(reconciler.plan(for: .everything))
        } catch {
            stopChanging()
            throw error
        }
        caller.yield()
        await follow(changes)
        stopChanging()
        let isCancelled = Task.isCancelled
        // In a task of its own, which is not cancelled.
        await Task { await giveUp() }.value
        guard isCancelled else { throw .eventsEnded }
    }

    /// Nobody's changes are made from now on.
    private func stopChanging() {
        isStopping = true
        let refusal = ChangeRefusal(.unavailable, "the director is stopping")
        refuseChanges(refusal)
        roleRequests.answerAll(refusal)
    }

    /// What the checks said last of every real server that is checked.
    public var knownHealth: [CheckedName: HealthReport] { reconciler.services.knownHealth }

    /// Wants something else from now on. When it throws, nothing has changed.
    ///
    /// - Precondition: the interface is the same. What else a start decides (flow capacity, runtime
    ///   directory) stays as it was.
    func apply(_ settings: DirectorSettings) async throws(DirectorError) {
        // Before the counters are read: an index that leaves the table later can still get flows.
        var flowless = reconciler.unnamedIndexes
        if !flowless.isEmpty {
            let realServers = await plane.counters().realServers
            flowless = flowless.filter { realServers[$0]?.flows == FlowCounts() }
        }
        try reconciler.apply(settings, flowless: flowless)
        caller.yield()
    }
}

extension Director {
    /// Looks at everything at each call, until cancelled or the events end.
    private func follow(_ events: AsyncStream<HostNetworkEvent>) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await event in events { await self.receive(event) }
                self.caller.finish()
            }
            if let health {
                group.addTask { for await report in health.reports { await self.receive(report) } }
            }
            if let segment {
                group.addTask { for await claim in segment.claims { await self.receive(claim) } }
            }
            group.addTask { await self.watchSeconds() }
            for await _ in calls {
                guard let time = await settle() else { continue }
                group.addTask { await self.ring(at: time) }
            }
            group.cancelAll()
        }
    }

    private func receive(_ event: HostNetworkEvent) {
        pending.append(event)
        caller.yield()
    }

    private func receive(_ report: HealthReport) {
        reconciler.receive(report)
        record.note(.health(report))
        caller.yield()
    }

    /// Does what is to be done; returns the time of an alarm that must be set for the rest.
    private func settle() async -> Duration? {
        for event in pending.take() { reconciler.receive(event) }
        while !Task.isCancelled {
            await begin()
            let action = reconciler.next(at: timeline.elapsed())
            report()
            if action.comesAfterPublication { await finish() }
            if case .wait(let time) = action {
                await listen()
                await write()
                return alarm(at: time)
            }
            await perform(action)
            report()
        }
        return nil
    }

    private func perform(_ action: Reconciler.Action) async {
        switch action {
        case .read(let plan):
            do {
                try await read(plan)
            } catch {
                reconciler.readingFailed(plan.scope, error, at: timeline.elapsed())
            }
        case .resolve(let release, let keep):
            for entry in release { await self.release(entry) }
            for entry in keep { await self.keep(entry) }
        case .publish(let table):
            let start = timeline.elapsed()
            do {
                try await plane.publish(table)
                publicationTime += timeline.elapsed() - start
                reconciler.didPublish(table)
                await finish()
            } catch {
                reconciler.publishingFailed(error, at: timeline.elapsed())
                takeBack(error)
            }
        case .watch(let realServers, let limit):
            await health?.watch(realServers, limit: limit)
        case .announce:
            await plane.announce()
            reconciler.didAnnounce()
        case .wait:
            return
        }
    }

    private func read(_ plan: HostReading.Plan) async throws(DirectorError) {
        let reading = try await network.read(plan)
        try reconciler.didRead(reading)
    }

    private func keep(_ entry: NeighbourKey) async {
        do {
            try await network.keepResolved(entry.address, on: entry.interface)
            reconciler.didKeep(entry, at: timeline.elapsed())
        } catch {
            reconciler.keepingFailed(entry, error, at: timeline.elapsed())
        }
    }

    private func release(_ entry: NeighbourKey) async {
        do {
            try await network.release(entry.address, on: entry.interface)
            reconciler.didRelease(entry)
        } catch {
            reconciler.didRelease(entry, failure: error)
        }
    }

    private func giveUp() async {
        for entry in reconciler.kept.entries { await release(entry) }
        report()
    }

    func report(by author: Author? = nil) {
        let news = reconciler.takeEvents()
        for event in news { remember(event, by: author) }
        for event in news.condensed { log(event) }
        for (service, kept) in reconciler.services.takeFloorNews() {
            record.note(.floor(service, kept: kept))
        }
    }

    func tell(_ event: DirectorEvent, by author: Author? = nil) {
        remember(event, by: author)
        log(event)
    }

    private func remember(_ event: DirectorEvent, by author: Author?) {
        if case .realServerChangedMAC = event { macChanges += 1 }
        events.append(event, by: author, time: wallClock())
    }

    /// Returns the time when no alarm is set that rings as early.
    private func alarm(at time: Duration?) -> Duration? {
        guard let time, alarm.map({ time < $0 }) ?? true else { return nil }
        alarm = time
        return time
    }

    private func ring(at time: Duration) async {
        do {
            try await timeline.sleep(time)
        } catch {
            // Cancelled: the director stops.
            return
        }
        if alarm == time { alarm = nil }
        caller.yield()
    }
}

extension Reconciler.Action {
    /// Whether the table that should be in force is, or must wait until it is tried again.
    fileprivate var comesAfterPublication: Bool {
        switch self {
        case .read, .resolve, .publish: false
        case .watch, .announce, .wait: true
        }
    }
}
