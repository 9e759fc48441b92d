// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What happened and is not in the journal yet.
struct Record: Sendable {
    /// Behind so many entries the journal is replaced by the state that they came to.
    static let longest = 20_000

    /// What is to be told to the journal.
    enum Step: Sendable {
        case append([JournalEntry])
        case replace
    }

    let journal: (any Journal)?
    /// Whether what is written is not what it should begin with.
    var needsReplacement = true
    private var unwritten: [JournalEntry] = []
    private var written = 0
    private var retry = Retry()

    init(_ journal: (any Journal)?) {
        self.journal = journal
    }

    /// nil when the last writing worked.
    var failure: DirectorError? { retry.error }

    mutating func note(_ entry: JournalEntry) {
        guard journal != nil, !needsReplacement else { return }
        unwritten.append(entry)
        if unwritten.count + written > Self.longest { needsReplacement = true }
    }

    /// nil when there is nothing to do now.
    mutating func next(at now: Duration) -> Step? {
        guard journal != nil, !retry.isHeldBack(at: now) else { return nil }
        let entries = unwritten
        unwritten = []
        if needsReplacement {
            needsReplacement = false
            written = 0
            return .replace
        }
        written += entries.count
        return entries.isEmpty ? nil : .append(entries)
    }

    mutating func succeeded() {
        retry.succeeded()
    }

    /// Returns whether this is news.
    mutating func failed(_ error: DirectorError, at now: Duration) -> Bool {
        needsReplacement = true
        unwritten = []
        return retry.failed(error, at: now)
    }
}

extension Director {
    /// Writes down what happened.
    func write() async {
        guard let journal = record.journal, let step = record.next(at: timeline.elapsed()) else {
            return
        }
        do throws(DirectorError) {
            switch step {
            case .append(let entries): try await journal.append(entries)
            case .replace: try await journal.replace(with: journalState)
            }
            record.succeeded()
        } catch {
            if record.failed(error, at: timeline.elapsed()) { tell(.failed(error)) }
        }
    }

    private var journalState: JournalState {
        JournalState(
            file: file, settings: settings, health: knownHealth, role: reconciler.role,
            kept: reconciler.services.kept)
    }
}
