// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import LVSModel
import Synchronization

/// A journal in memory, which a test can make fail.
final class MemoryJournal: Journal {
    struct Book: Sendable {
        var state: JournalState?
        var entries: [JournalEntry] = []
        var replacements = 0
        var error: DirectorError?
    }

    private let book = Mutex(Book())

    var content: Book { book.withLock(\.self) }

    func set(_ change: @Sendable (inout Book) -> Void) {
        book.withLock { change(&$0) }
    }

    func append(_ entries: [JournalEntry]) async throws(DirectorError) {
        try book.withLock { book throws(DirectorError) in
            if let error = book.error { throw error }
            book.entries += entries
        }
    }

    func replace(with state: JournalState) async throws(DirectorError) {
        try book.withLock { book throws(DirectorError) in
            if let error = book.error { throw error }
            book = Book(state: state, replacements: book.replacements + 1)
        }
    }

    /// What a new process would go on with.
    func stateAtStart() throws(ChangeRefusal) -> JournalState? {
        try content.state?.after(content.entries)
    }
}
