// SPDX-License-Identifier: Apache-2.0

/// What is due when: a binary heap, the earliest first.
struct Agenda<Item: Sendable>: Sendable {
    private var entries: [(due: Duration, item: Item)] = []

    var isEmpty: Bool { entries.isEmpty }
    var first: Duration? { entries.first?.due }

    mutating func add(_ item: Item, at due: Duration) {
        entries.append((due, item))
        var child = entries.count - 1
        while child > 0, entries[child].due < entries[(child - 1) / 2].due {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the earliest when it is due; nil when nothing is.
    mutating func next(at now: Duration) -> Item? {
        guard let first = entries.first, first.due <= now else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            sink()
        }
        return first.item
    }

    private mutating func sink() {
        var parent = 0
        while 2 * parent + 1 < entries.count {
            let (left, right) = (2 * parent + 1, 2 * parent + 2)
            let isRight = right < entries.count && entries[right].due < entries[left].due
            let least = isRight ? right : left
            guard entries[least].due < entries[parent].due else { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
